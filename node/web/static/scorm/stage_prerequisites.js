// SCORM 1.2's "prerequisites", in aicc_script: whether a part is open, by the states of others.
// It is made of ids joined by & | ~ and brackets; id="passed", id<>"failed".

const TOKEN = /"[^"]*"|<>|[&|~()=]|[^\s&|~()=<>"]+/g;
const DONE = ["passed", "completed"];

// statusOf(id): the state of a part. What cannot be understood locks nothing.
export function isAllowed(script, statusOf) {
  const reader = new Reader(script.match(TOKEN) || [], statusOf);
  try {
    const value = reader.either();
    return reader.isAtEnd() ? value : true;
  } catch (fault) {
    return true;
  }
}

// Reads the tokens once, from left to right; each method takes the tokens of what it is named for.
class Reader {
  constructor(tokens, statusOf) {
    this.tokens = tokens;
    this.statusOf = statusOf;
    this.at = 0;
  }

  take() {
    const token = this.tokens[this.at];
    this.at += 1;
    return token;
  }

  peek() {
    return this.tokens[this.at];
  }

  isAtEnd() {
    return this.at >= this.tokens.length;
  }

  either() {
    let value = this.both();
    while (this.peek() === "|") {
      this.take();
      value = this.both() || value;
    }
    return value;
  }

  both() {
    let value = this.term();
    while (this.peek() === "&") {
      this.take();
      value = this.term() && value;
    }
    return value;
  }

  term() {
    const token = this.take();
    if (token === undefined) throw new Error("it ends too early");
    if (token === "~") return !this.term();
    if (token === "(") {
      const value = this.either();
      if (this.take() !== ")") throw new Error("a bracket is missing");
      return value;
    }
    if (/^[&|)=]$|^<>$/.test(token)) throw new Error("a name is missing");
    return this.comparison(token);
  }

  comparison(id) {
    const status = this.statusOf(id);
    if (this.peek() !== "=" && this.peek() !== "<>") return DONE.includes(status);
    const same = this.take() === "=";
    const wanted = (this.take() || "").replace(/"/g, "").toLowerCase();
    const is = status === wanted || (wanted.length === 1 && status[0] === wanted);
    return is === same;
  }
}
