// A learner's answer to one question as a text, the one form that the node records, and back. The
// letters are those of the question bank; "" is no answer. question.js reads and fills the fields.

const BLANK = "‖"; // parts the blanks of one question
const NUMBER = /^[+-]?(\d{1,15}(\.\d{0,15})?|\.\d{1,15})(e[+-]?\d{1,2})?$/;
const LETTERS = "abcdefghi";

// Chosen letters, in whatever order.
export const choiceText = (letters) => [...letters].sort().join("");

// As typed on any keyboard: full-width figures, spaces, commas between thousands.
export const numberText = (typed) => typed.normalize("NFKC").replace(/[\s,]/g, "").toLowerCase();

// Whether it can be recorded; what is being typed may not be a number yet.
export const isNumber = (typed) => !typed.trim() || NUMBER.test(numberText(typed));

export function blanksText(typed) {
  const parts = typed.map((text) => text.trim().split(BLANK).join(" "));
  return parts.some(Boolean) ? parts.join(BLANK) : "";
}

export const blanksFrom = (text) => text.split(BLANK);

// One letter for each row, "" where none is chosen.
export const matchText = (letters) =>
  letters.some(Boolean) ? letters.map((letter) => letter || "-").join("") : "";

export const matchFrom = (text, count) =>
  Array.from({ length: count }, (_, n) => (text[n] || "-").replace("-", ""));

// Rows {letter, place} in the order of their places, 1 is first; a place of 0 is none yet: last.
export function orderText(rows) {
  if (!rows.some((row) => row.place)) return "";
  const place = (row) => row.place || rows.length + 1;
  return [...rows].sort((a, b) => place(a) - place(b)).map((row) => row.letter).join("");
}

// Which option a key means, from 0: "1" and "a" the first. -1: none.
export function optionOfKey(key) {
  if (/^[1-9]$/.test(key)) return Number(key) - 1;
  return key.length === 1 ? LETTERS.indexOf(key.toLowerCase()) : -1;
}
