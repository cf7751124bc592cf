// Answers as the text that the node records, and back (exam/response.js).

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  blanksFrom, blanksText, choiceText, isNumber, matchFrom, matchText, numberText, optionOfKey, orderText,
} from "../../node/web/static/exam/response.js";

test("choices are letters in the order of the alphabet, whatever was pressed first", () => {
  const pressed = ["C", "A"];
  assert.equal(choiceText(pressed), "AC");
  assert.deepEqual(pressed, ["C", "A"]);
  assert.equal(choiceText([]), "");
});

test("a number is written the same from every keyboard", () => {
  assert.equal(numberText(" １，２３４．５ "), "1234.5");
  assert.equal(numberText("1,234.50"), "1234.50");
  assert.equal(numberText("－3E5"), "-3e5");
});

for (const typed of ["", "  ", "0", "-1", "+.5", "12.", "1e-3", "３．１４", "1 000 000", "9".repeat(15)]) {
  test(`${JSON.stringify(typed)} can be recorded as a number`, () => assert.ok(isNumber(typed)));
}

for (const typed of ["-", ".", "e5", "1.2.3", "12cm", "0x10", "1e100", "Infinity", "½", "9".repeat(16)]) {
  test(`${JSON.stringify(typed)} is no number`, () => assert.ok(!isNumber(typed)));
}

test("blanks come back as they were typed, without the spaces around them", () => {
  assert.equal(blanksText([" 消毒 ", "", "留样"]), "消毒‖‖留样");
  assert.deepEqual(blanksFrom("消毒‖‖留样"), ["消毒", "", "留样"]);
  assert.equal(blanksText(["", "  "]), "");
});

test("a blank cannot hold what parts the blanks", () => {
  assert.equal(blanksFrom(blanksText(["a‖b", "c"])).length, 2);
});

test("a matching has a letter or a dash for each row", () => {
  assert.equal(matchText(["B", "", "A"]), "B-A");
  assert.equal(matchText(["", "", ""]), "");
  assert.deepEqual(matchFrom("B-A", 3), ["B", "", "A"]);
  assert.deepEqual(matchFrom("", 2), ["", ""]);
});

test("an ordering is its letters by place, those without a place last", () => {
  const rows = [{ letter: "A", place: 3 }, { letter: "B", place: 0 }, { letter: "C", place: 1 }];
  assert.equal(orderText(rows), "CAB");
  assert.deepEqual(rows.map((row) => row.letter), ["A", "B", "C"]);
  assert.equal(orderText([{ letter: "A", place: 0 }, { letter: "B", place: 0 }]), "");
});

test("keys 1 to 9 and a to i mean options, others none", () => {
  assert.deepEqual(["1", "9", "a", "I"].map(optionOfKey), [0, 8, 0, 8]);
  assert.deepEqual(["0", "j", "Enter", "abc", "", "ab", "10", " "].map(optionOfKey), Array(8).fill(-1));
});
