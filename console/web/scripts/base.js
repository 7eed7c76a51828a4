// Live parts: when something has changed, the page is asked for again, and what is marked `data-live` is replaced.
"use strict";
(() => {
  const live = document.querySelector("[data-live]");
  const source = document.body.dataset.events;
  if (!live || !source || !window.EventSource) return;
  let asking = false, again = false;
  const renew = async () => {
    if (asking) { again = true; return; }
    asking = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (answer.ok && !answer.redirected) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        for (const old of document.querySelectorAll("[data-live]")) {
          const fresh = page.querySelector(`[data-live="${CSS.escape(old.dataset.live)}"]`);
          if (fresh && fresh.innerHTML !== old.innerHTML && !old.contains(document.activeElement)) old.replaceWith(fresh);
        }
      }
    } finally {
      asking = false;
      if (again) { again = false; setTimeout(renew, 1000); }
    }
  };
  const events = new EventSource(source);
  const said = document.querySelector("[data-connection]");
  const tell = (state) => { if (said) said.dataset.connection = state; };
  events.addEventListener("changed", renew);
  events.addEventListener("open", () => tell("on"));
  events.addEventListener("error", () => tell("off"));
})();
