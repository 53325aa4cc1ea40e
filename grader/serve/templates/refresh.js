// Keeps the changing part of a page up to date: asks for the page again and takes that part from the answer.
"use strict";

const EVERY = 2000; // milliseconds
const live = document.getElementById("live");
const headline = document.getElementById("headline");
const alive = document.getElementById("alive");

function showText(element, text) {
  if (element.textContent !== text) element.textContent = text; // a screen reader speaks only of changes
}

async function refresh() {
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.statusText);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("live");
    if (fresh.innerHTML !== live.innerHTML) live.replaceChildren(...fresh.childNodes);
    showText(headline, page.getElementById("headline").textContent);
    showText(alive, "");
  } catch {
    showText(alive, "The server does not answer. It is started with: grade serve");
  }
  setTimeout(refresh, EVERY);
}

if (live) setTimeout(refresh, EVERY);
