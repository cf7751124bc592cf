// What both run times of SCORM share: the functions that a package calls, guarded, and how much of
// what it says is kept.

const MAX_PART_CHARS = 300000;
const MOST_ANSWERS = 250;
const MAX_NAME_CHARS = 500;
const NEVER = ["__proto__", "constructor", "prototype"];

// Whether a name of the data model may be given to the run time. "cmi" itself and its groups are objects of
// the run time: setting one would put a text in its place.
export function isName(name) {
  return typeof name === "string" && name.length <= MAX_NAME_CHARS
    && /^(cmi|adl)\./.test(name) && !name.split(".").some((part) => NEVER.includes(part));
}

export function isGroup(api, name) {
  let value = api;
  try {
    for (const part of name.split(".")) {
      if (value === null || typeof value !== "object") return false;
      value = value.childArray ? value.childArray[part] : value[part];
    }
  } catch (fault) { // a write-only element cannot be read: it is a text
    return false;
  }
  return value !== null && typeof value === "object";
}

// What a package may set is text.
export function plain(value) {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : String(value);
}

// Keep the newest answers where a package has kept more than a part may hold.
export function bounded(cmi) {
  const answers = Object.keys(cmi.interactions || {});
  const most = JSON.stringify(cmi).length > MAX_PART_CHARS ? 20 : MOST_ANSWERS;
  if (answers.length > most) {
    const kept = answers.slice(-most).map((key) => cmi.interactions[key]);
    cmi.interactions = Object.fromEntries(kept.map((answer, n) => [n, answer]));
  }
  if (JSON.stringify(cmi).length > MAX_PART_CHARS) {
    delete cmi.interactions;
    delete cmi.comments_from_learner;
  }
  return cmi;
}

// Give the run time what was kept. It checks an answer by its type, so the type comes first, in
// whatever order the node had it. What cannot be taken is left out: a package must open in any case.
const LAST = ["interactions", "objectives", "comments_from_learner"];

export function bring(api, cmi) {
  for (let n = 0; n <= LAST.length; n += 1) {
    const given = { ...cmi };
    for (const group of LAST) given[group] = typedFirst(given[group]);
    for (const group of LAST.slice(0, n)) delete given[group];
    for (const group of LAST) if (!given[group]) delete given[group];
    try {
      api.loadFromJSON(given, "cmi");
      return;
    } catch (fault) {
      console.error(fault);
    }
  }
}

function typedFirst(group) {
  if (!group || typeof group !== "object") return undefined;
  const entries = Object.entries(group).map(([key, record]) => {
    if (!record || typeof record !== "object") return [key, record];
    const { id, type, ...rest } = record;
    return [key, { ...(id === undefined ? {} : { id }), ...(type === undefined ? {} : { type }), ...rest }];
  });
  return Object.fromEntries(entries);
}

// How a part is entered (cmi.core.entry): never begun, left in the middle, or "": it had ended.
export function entryOf(kept) {
  if (!kept || !kept.cmi) return "ab-initio";
  return kept.over && kept.exit !== "suspend" ? "" : "resume";
}

// The state of the parts that changed since this was last asked.
export function collected(kept, dirty) {
  const parts = {};
  for (const id of dirty) if (kept[id]) parts[id] = kept[id];
  dirty.clear();
  return parts;
}

// Parts in their order with what the table of contents shows of each.
export function rows(activities, markOf, mayOpen) {
  return activities
    .filter((activity) => activity.launch && !activity.hidden)
    .map((activity) => ({ id: activity.id, mark: markOf(activity), open: mayOpen(activity) }));
}
