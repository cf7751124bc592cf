// What the run time of SCORM 2004 takes and refuses otherwise than the standard (RTE 4th Edition, 3.1.7
// and 4.1): places in lists that are not there yet, identifiers that change, and texts that are empty.

export const UNKNOWN = 401; // "Undefined Data Model Element"
export const GET_FAILED = 301; // "General Get Failure"
export const SET_FAILED = 351; // "General Set Failure"
const DEPENDS = 408; // "Data Model Dependency Not Established"
const TYPE_MISMATCH = "406";
const MAX_ID_CHARS = 4000;

// Texts that may be empty; the run time takes an empty one for a wrong one.
const MAY_BE_EMPTY = new RegExp(
  "^cmi\\.(location|learner_preference\\.language|comments_from_learner\\.\\d+\\.location"
  + "|interactions\\.\\d+\\.(learner_response|correct_responses\\.\\d+\\.pattern))$",
);
const EMPTY_ANSWERS = ["choice", "fill-in", "long-fill-in"]; // kinds of question with such a text
const RECORD_ID = /^cmi\.(objectives|interactions)\.\d+\.id$/;
const INTERACTION_ID = /^cmi\.interactions\.\d+\.id$/;
const PLACE = /^\d+$/;

const isId = (text) => text.trim() !== "" && text.length <= MAX_ID_CHARS
  && (!/^urn:/i.test(text) || /^urn:[a-z0-9][a-z0-9-]{0,31}:\S+$/i.test(text));

// Each list that a name goes into: {records, place}, the place as a text.
function listsOf(api, name) {
  const lists = [];
  let value = api;
  for (const part of name.split(".")) {
    if (value === null || typeof value !== "object") break;
    if (value.childArray && PLACE.test(part)) lists.push({ records: value.childArray, place: part });
    try {
      value = value.childArray ? value.childArray[part] : value[part];
    } catch (fault) { // write-only
      break;
    }
  }
  return lists;
}

function holderOf(api, name) {
  const parts = name.split(".").slice(0, -1);
  return parts.reduce((value, part) => (value.childArray ? value.childArray[part] : value[part]), api);
}

export class Legal {
  constructor(api) {
    this.api = api;
    this.empty = new Set(); // what was set to an empty text
  }

  // The code of an error, or 0: the run time may be asked.
  faultOfGet(name) {
    const gone = ({ records, place }) => String(Number(place)) !== place || Number(place) >= records.length;
    return listsOf(this.api, name).some(gone) ? GET_FAILED : 0;
  }

  faultOfSet(name) {
    for (const { records, place } of listsOf(this.api, name)) {
      // What activities share is as long as the manifest says.
      if (name.startsWith("adl.") && Number(place) >= records.length) return SET_FAILED;
      if (String(Number(place)) !== place || Number(place) > records.length) return SET_FAILED;
      const isNew = Number(place) === records.length;
      const inRecords = /^cmi\.(objectives|interactions)\./.test(name) && records === this.listAt(name);
      if (isNew && inRecords && !RECORD_ID.test(name)) return DEPENDS;
    }
    return 0;
  }

  listAt(name) {
    return this.api.cmi[name.split(".")[1]].childArray;
  }

  get(name) {
    if (!this.empty.has(name)) return this.api.GetValue(name);
    this.api.lastErrorCode = "0";
    return "";
  }

  set(name, value) {
    if (RECORD_ID.test(name) && !isId(value)) {
      this.api.throwSCORMError(name, Number(TYPE_MISMATCH));
      return "false";
    }
    if (INTERACTION_ID.test(name) && this.renamed(name, value)) return "true";
    const before = listsOf(this.api, name).map(({ records }) => [records, records.length]);
    const answer = this.api.SetValue(name, value);
    if (answer === "true") {
      this.empty.delete(name);
      return answer;
    }
    if (value === "" && MAY_BE_EMPTY.test(name) && this.emptied(name)) return "true";
    for (const [records, length] of before) records.length = Math.min(records.length, length);
    return answer;
  }

  // A record that is there may be given another identifier.
  renamed(name, value) {
    const record = holderOf(this.api, name);
    if (!record || !record.id || !this.api.isInitialized()) return false;
    record._id = value;
    this.api.lastErrorCode = "0";
    return true;
  }

  emptied(name) {
    const holder = holderOf(this.api, name);
    const question = name.startsWith("cmi.interactions.") && this.listAt(name)[name.split(".")[2]];
    if (question && !EMPTY_ANSWERS.includes(question.type)) return false;
    if (!holder || String(this.api.lastErrorCode) !== TYPE_MISMATCH) return false;
    holder[`_${name.split(".").pop()}`] = "";
    this.empty.add(name);
    this.api.lastErrorCode = "0";
    return true;
  }
}
