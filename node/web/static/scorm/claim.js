// What a SCORM package says of a part and of the learner's score: its word, never ours. Only what
// is one of the known states, or looks like a score, is shown.

const MARKS = ["done", "failed", "begun"];
const SCORE = /^-?\d{1,6}(\.\d{1,4})?$/;

export const markOf = (mark) => (MARKS.includes(mark) ? mark : "");

// {mark, score}, each "" where there is nothing that may be shown.
export function claimOf(claim) {
  const { mark, score } = claim && typeof claim === "object" ? claim : {};
  return { mark: markOf(mark), score: SCORE.test(String(score)) ? String(score) : "" };
}
