// Windows and frames of a package. In a sandbox a page may lead only itself and the frames within it
// elsewhere: it cannot open a window, nor change the page in another frame of a frameset. Packages do
// both. Here the page that holds the frame does it for them.

const kept = new WeakSet();
const named = new WeakMap(); // window → names of frames that it has stand-ins for

export function everyWindow(top, windows = []) {
  try {
    if (!top.document) return windows;
    windows.push(top);
    for (let n = 0; n < top.frames.length; n += 1) everyWindow(top.frames[n], windows);
  } catch (fault) { /* a frame that is going, or not of this port */ }
  return windows;
}

export function closeWindow() {
  for (const box of document.querySelectorAll(".window")) box.remove();
}

// The address as the page that names it means it; null where it leads out of the package.
function addressFrom(from, url) {
  try {
    const target = new URL(url || "about:blank", from.document.baseURI);
    return target.origin === window.location.origin || target.protocol === "about:" ? target.href : null;
  } catch (fault) {
    return null;
  }
}

function lead(target, from, url) {
  const address = addressFrom(from, url);
  if (address && target.frameElement) target.frameElement.src = address;
}

// The window that a name means, seen from inside the package; null: a new one.
function meant(from, name, frame) {
  if (!name || name === "_self") return from;
  if (name === "_top") return frame.contentWindow;
  if (name === "_parent") return from.parent === window ? from : from.parent;
  return everyWindow(window).find((pageWindow) => pageWindow !== window && pageWindow.name === name) || null;
}

// Whether a page can show what stands at an address. PDF it cannot: in a sandbox there is no viewer.
const SHOWN = /\.(x?html?|svg|xml|txt|csv|png|jpe?g|gif|webp|bmp|ico|mp4|m4v|webm|ogv|mp3|m4a|ogg|oga|wav|aac)$/i;

function isShown(address) {
  const { protocol, pathname } = new URL(address);
  return protocol === "about:" || pathname.endsWith("/") || !/\.\w+$/.test(pathname) || SHOWN.test(pathname);
}

// Hand a file over to the browser, which puts it where downloads go.
function offer(address) {
  const link = document.createElement("a");
  link.href = address;
  link.download = "";
  link.click();
}

function openWindow(from, url) {
  const address = addressFrom(from, url);
  if (!address) return null;
  if (!isShown(address)) {
    offer(address);
    return null;
  }
  closeWindow();
  const box = document.createElement("div");
  const button = document.createElement("button");
  const inner = document.createElement("iframe");
  box.className = "window";
  button.textContent = "\u00d7";
  button.setAttribute("aria-label", "\u00d7");
  button.addEventListener("click", () => {
    inner.src = "about:blank"; // its last words first
    setTimeout(closeWindow, 200);
  });
  inner.allow = "autoplay; fullscreen";
  box.append(button, inner);
  document.body.append(box);
  inner.src = address;
  inner.addEventListener("load", () => adopt(inner.contentWindow, from, button));
  adopt(inner.contentWindow, from, button);
  return inner.contentWindow;
}

function adopt(opened, from, button) {
  try {
    opened.opener = from;
    opened.close = () => button.click();
  } catch (fault) { /* it went elsewhere */ }
}

// A stand-in for a frame's location: setting it leads the frame, from the page that holds it.
function placeOf(target, from) {
  const go = (url) => lead(target, from, String(url));
  return new Proxy({}, {
    get(_none, key) {
      if (key === "assign" || key === "replace") return go;
      if (key === "reload") return () => go(target.location.href);
      const value = target.location[key];
      return typeof value === "function" ? value.bind(target.location) : value;
    },
    set(_none, key, value) {
      if (key === "href") go(value);
      else target.location[key] = value;
      return true;
    },
  });
}

const isNative = (value) => /\{\s*\[native code\]\s*\}\s*$/.test(Function.prototype.toString.call(value));

function standIn(target, from) {
  return new Proxy(target, {
    get(real, key) {
      if (key === "location") return placeOf(real, from);
      const value = Reflect.get(real, key);
      return typeof value === "function" && isNative(value) ? value.bind(real) : value;
    },
    set(real, key, value) {
      if (key === "location") lead(real, from, String(value));
      else real[key] = value;
      return true;
    },
  });
}

// A page finds its frames under their names; there it gets the stand-in instead.
function nameFrames(pageWindow) {
  const known = named.get(pageWindow) || new Set();
  named.set(pageWindow, known);
  for (const element of pageWindow.document.querySelectorAll("frame[name], iframe[name]")) {
    const { name } = element;
    if (!name || known.has(name) || !element.contentWindow) continue;
    known.add(name);
    try {
      Object.defineProperty(pageWindow, name, {
        configurable: true,
        get: () => (element.contentWindow ? standIn(element.contentWindow, pageWindow) : undefined),
      });
    } catch (fault) { /* the page has something of its own by that name */ }
  }
}

export function keepInside(pageWindow, frame) {
  nameFrames(pageWindow);
  if (kept.has(pageWindow.document)) return;
  kept.add(pageWindow.document);
  pageWindow.open = (url, name) => {
    const target = meant(pageWindow, name || "_blank", frame);
    if (!target) return openWindow(pageWindow, url);
    lead(target, pageWindow, url);
    return target;
  };
  pageWindow.document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a[href], area[href]");
    if (!link || event.defaultPrevented || link.hasAttribute("download")) return;
    if (/^(javascript:|#)/i.test(link.getAttribute("href"))) return;
    const address = addressFrom(pageWindow, link.href);
    if (address && !isShown(address)) {
      event.preventDefault();
      offer(address);
      return;
    }
    if (!link.target) return;
    const target = meant(pageWindow, link.target, frame);
    if (target === pageWindow) return;
    event.preventDefault();
    if (target) lead(target, pageWindow, link.href);
    else openWindow(pageWindow, link.href);
  });
}
