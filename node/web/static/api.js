// How the scripts of our pages talk with the node: one request with a time limit, the form token in
// its header, JSON back. Whoever asks decides what a failed request means: nothing is retried here.

const PATIENCE_MS = 8000; // a slow disk takes a second or two; then the asker tries again
const KEEPALIVE_CHARS = 15000; // browsers let no more than 64 kB outlive a page

const tokenTag = () => document.querySelector('meta[name="csrf-token"]');

export const token = () => tokenTag().content;

function setToken(value) {
  tokenTag().content = value;
  for (const field of document.querySelectorAll('[name="csrf_token"]')) field.value = value;
}

// Gives {status, body}; status 0 when nothing or nothing sensible came back.
export async function request(path, options = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(path, {
      credentials: "same-origin", cache: "no-store", ...options, signal: stop.signal,
    });
    return { status: answer.status, body: await answer.json() };
  } catch (fault) {
    return { status: 0, body: {} };
  } finally {
    clearTimeout(timer);
  }
}

const asJson = (body) => ({
  method: "POST",
  headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
  body: JSON.stringify(body),
});

// POST where there is a body, else GET.
export const ask = (path, body) => request(path, body ? asJson(body) : {});

export const postForm = (path, fields) =>
  request(path, { method: "POST", headers: { "X-CSRFToken": token() }, body: fields });

export async function renewToken() {
  const { status, body } = await ask("/api/exam/token");
  if (status === 200) setToken(body.csrf);
  return status === 200;
}

// As ask(), once more with a new token where the old one went with the sign-in.
export async function askWithToken(path, body) {
  const first = await ask(path, body);
  if (first.status !== 400 || first.body.error !== "form-expired") return first;
  return (await renewToken()) ? ask(path, body) : { status: 0, body: {} };
}

// The sign-in that went away in the middle of a page.
export async function signIn(learner, pin) {
  await renewToken();
  const reply = await ask("/api/exam/sign-in", { learner, pin });
  if (reply.status === 200) setToken(reply.body.csrf);
  return reply;
}

// The page goes: a request that outlives it. Nobody hears the answer.
export function sendLast(path, body) {
  const options = asJson(body);
  const keepalive = options.body.length < KEEPALIVE_CHARS;
  fetch(path, { ...options, keepalive, credentials: "same-origin" }).catch(() => {});
}
