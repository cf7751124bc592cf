// What a package meets above the stage. A page of another port refuses whoever reads it, and packages
// that look there for the other standard's run time without a guard would end; a window that is its own
// parent never refuses, and packages that walk up until they are refused would walk for ever. So above
// the stage stands a window that has no run time, is its own parent, and refuses to be read.

// More steps than any finder counts (500). Who goes on is not looking for an end that we know: he is
// given the real window, which every comparison with "top" meets and every reading is refused by.
const MOST_STEPS = 5000;

function refuse() {
  throw new DOMException("Blocked: this window belongs to the station.", "SecurityError");
}

// Stands for the window `outside`, as the pages in `stage` see it.
export function putAbove(stage, outside) {
  let steps = 0;
  let counting = 0;
  const above = {
    get document() { return refuse(); },
    get location() { return refuse(); },
    get parent() {
      steps += 1;
      if (!counting) {
        counting = setTimeout(() => { // a script that never ends lets no timer run
          steps = 0;
          counting = 0;
        });
      }
      return steps > MOST_STEPS ? outside : above;
    },
    closed: false,
    opener: null,
    frameElement: null,
    length: 0,
    name: "",
    focus() {},
    blur() {},
    close() {},
    postMessage() {},
  };
  for (const name of ["self", "window", "frames", "top"]) above[name] = above;
  Object.defineProperty(stage, "parent", { configurable: true, get: () => above });
}
