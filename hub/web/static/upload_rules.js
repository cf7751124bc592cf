// Rules of handing files in, without the page: import.js and upload.js draw what they say.

const COMPANION = /\.(srt|vtt|jpe?g|png)$/i;

// How much of it is sent, in whole percent.
export const percentOf = (loaded, total) => Math.floor((100 * loaded) / total);

// Subtitles and covers go up after the films that they belong to; else the order stays.
export function inOrder(files) {
  const isCompanion = (file) => COMPANION.test(file.name);
  return [...files.filter((file) => !isCompanion(file)), ...files.filter(isCompanion)];
}

// Whether the answer to a form was a redirect: the next page, not the same one with its faults.
export const leadsOn = (responseAddress, formAddress) =>
  Boolean(responseAddress) && responseAddress !== formAddress;
