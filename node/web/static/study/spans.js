// Spans of seconds, [from, to), of what was played or read; and how seconds are written. Plain
// arithmetic: heartbeat.js keeps the spans, player.js draws them.

const TOUCHING_S = 0.3; // spans so near to each other are one: players report in steps
const MOST_SPANS = 40; // in one request; the oldest give way
const GAP_S = 5; // shorter ones are not worth a link
const DONE_SHARE = 0.9; // as in sync/facts/completion.py

// What touches the last span makes it longer.
export function added(spans, from, to) {
  if (!(to > from)) return spans;
  return joined(spans, [[from, to]]);
}

// The spans of both, in this order.
export function joined(first, then) {
  const all = first.map((span) => [...span]);
  for (const [from, to] of then) {
    const last = all[all.length - 1];
    if (last && Math.abs(from - last[1]) < TOUCHING_S) last[1] = to;
    else all.push([from, to]);
  }
  return all.slice(-MOST_SPANS);
}

export const secondsIn = (spans) => spans.reduce((sum, [from, to]) => sum + to - from, 0);

// In hundredths of a second, as they are sent.
export const rounded = (spans) =>
  spans.map((span) => span.map((second) => Math.round(second * 100) / 100));

// What of a film of so many seconds was not watched yet; watched: sorted spans.
export function gapsIn(watched, seconds) {
  const gaps = [];
  let end = 0;
  for (const [start, stop] of [...watched, [seconds, seconds]]) {
    if (start - end >= GAP_S) gaps.push([end, start]);
    end = Math.max(end, stop);
  }
  return gaps;
}

// A film may be over before its item is, where its file promised more than it holds. What the item
// has beyond the end counts as watched when nine tenths of the film were; else null.
export function beyondEnd(watched, end, seconds) {
  const seen = secondsIn(watched.map(([start, stop]) => [start, Math.max(start, Math.min(stop, end))]));
  return end < seconds && seen >= Math.floor(DONE_SHARE * end) ? [end, seconds] : null;
}

// 65 → "1:05", 3725 → "1:02:05"
export function clockOf(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const two = (n) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
