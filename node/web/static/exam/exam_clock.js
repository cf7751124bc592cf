// How much time is left of what the node said last. A page's own clock may stand still while the PC
// sleeps, and the PC's clock may be set: the page shows the shorter of the two, and where they come
// apart it asks the node. exam.js draws it; only the node decides that the time is over.

const APART_MS = 3000;

export class TimeLeft {
  // steady() counts and is never set, wall() goes on while the PC sleeps: both in milliseconds.
  constructor(ms, steady = () => performance.now(), wall = () => Date.now()) {
    this.steady = steady;
    this.wall = wall;
    this.set(ms);
  }

  // The node said so now.
  set(ms) {
    this.said = ms;
    this.steadyAt = this.steady();
    this.wallAt = this.wall();
  }

  get ms() {
    const gone = Math.max(this.steady() - this.steadyAt, this.wall() - this.wallAt);
    return Math.max(0, this.said - gone);
  }

  // The same by the clock that nobody sets.
  get steadyMs() {
    return this.said - (this.steady() - this.steadyAt);
  }

  get unsure() {
    return Math.abs(this.wall() - this.wallAt - (this.steady() - this.steadyAt)) > APART_MS;
  }
}
