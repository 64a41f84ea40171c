// Comforts for people with a keyboard. Every page works without this file.

const keysOn = document.documentElement.dataset.keys === "on";
const list = document.getElementById("keys");
let waitingForPlace = false;

function typing(target) {
  return target.closest("input, textarea, select, [contenteditable]") !== null;
}

function step(direction) {
  const rows = [...document.querySelectorAll("[data-row]")];
  if (rows.length === 0) return;
  const now = rows.findIndex((row) => row.classList.contains("here"));
  const next = rows[Math.min(Math.max(now + direction, 0), rows.length - 1)];
  rows[now]?.classList.remove("here");
  next.classList.add("here");
  next.querySelector("a, summary")?.focus();
  next.scrollIntoView({ block: "nearest" });
}

function go(letter) {
  document.querySelector(`.nav a[data-key="${CSS.escape(letter)}"]`)?.click();
}

// To the reason of this page, or of the row that one stands on. It decides nothing: that takes a button.
function toReason() {
  const box = document.getElementById("reason");
  const link = document.querySelector("[data-row].here a[href^='/decisions/']");
  if (box) box.focus();
  else if (link) location.assign(`${link.getAttribute("href")}#reason`);
}

const actions = {
  "/": () => document.getElementById("search")?.focus(),
  "?": () => list.showModal(),
  g: () => {
    waitingForPlace = true;
    setTimeout(() => { waitingForPlace = false; }, 1500);
  },
  j: () => step(1),
  k: () => step(-1),
  a: toReason,
  d: toReason,
};

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || list.open) return;
  if (waitingForPlace) {
    waitingForPlace = false;
    go(event.key);
    return;
  }
  const action = actions[event.key];
  if (action) {
    event.preventDefault();
    action();
  }
}

if (keysOn && list) document.addEventListener("keydown", press);

// Leaving a form with something entered asks first; sending it does not.
let entered = false;
document.addEventListener("input", (event) => { if (event.target.closest("form[data-keep]")) entered = true; });
document.addEventListener("submit", () => { entered = false; });
window.addEventListener("beforeunload", (event) => { if (entered) event.preventDefault(); });

// A refusal or an error is a page of its own, not a part of this one.
document.addEventListener("htmx:before:response", (event) => {
  const response = event.detail.ctx.response;
  if (response.status >= 400) {
    event.preventDefault();
    location.assign(response.raw.url);
  }
});

// One polite region says what a swap brought.
document.addEventListener("htmx:after:swap", () => {
  const said = document.querySelector("[data-announce]");
  if (said) document.getElementById("live").textContent = said.textContent;
});

// A link into a folded part unfolds it, also where the browser does not do so itself.
function unfold() {
  document.getElementById(decodeURIComponent(location.hash.slice(1)))?.closest("details")?.setAttribute("open", "");
}
window.addEventListener("hashchange", unfold);
unfold();

// A link to a field puts the caret there.
if (location.hash === "#reason") document.getElementById("reason")?.focus();

// Closed parts print open, because paper cannot be unfolded.
let opened = [];
window.addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details:not([open])")];
  for (const part of opened) part.open = true;
});
window.addEventListener("afterprint", () => { for (const part of opened) part.open = false; });
