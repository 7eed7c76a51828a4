// Live parts: when something has changed, the page is asked for again, and what is marked `data-live` is replaced.
// Each change has a token (console/freshness.py); the page says by `data-token` which one it was made of.
"use strict";
(() => {
  const PAUSE = 5000; // ms between two renewals at least
  const OLD = 120000; // ms after which a page is renewed though nothing has changed: ages grow
  const LONGEST = 60000; // ms between two tries while nobody answers

  const parts = () => document.querySelectorAll("[data-live]");
  const address = document.body.dataset.events;
  if (!parts().length || !address || !window.EventSource || !window.fetch) return;

  let shown = document.body.dataset.token; // what the page was made of
  let latest = shown; // what there is
  let events = null, timer = 0, asking = false, failures = 0;
  let renewed = Date.now(), took = 0;

  const said = document.querySelector("[data-connection]");
  const tell = (state) => { if (said) said.dataset.connection = state; };
  const patience = () => Math.min(LONGEST, 2000 * 2 ** Math.min(failures, 5)) + 1000 * Math.random();

  // what a part was when it was served: what people did to it since (an opened <details>) is no change
  const served = new WeakMap();
  for (const part of parts()) served.set(part, part.innerHTML);

  // elements by what they are and which of several
  const keyed = (part, selector, nameOf) => {
    const counts = new Map(), found = new Map();
    for (const one of part.querySelectorAll(selector)) {
      const name = one.id || `${one.localName} ${nameOf(one)}`;
      counts.set(name, (counts.get(name) || 0) + 1);
      found.set(`${name} ${counts.get(name)}`, one);
    }
    return found;
  };
  // what a summary says of counts and ages is no name: "Shelved (3)", and what stands beside a <b>
  const headed = (one) => (one.querySelector("b") ?? one).textContent.replace(/\s*\(\d+\)\s*$/, "").trim();
  const folds = (part) => keyed(part, "details", (one) => headed(one.querySelector("summary") ?? one));
  const stops = (part) => keyed(part, "a, button, summary, [tabindex]", (one) => one.getAttribute("href") || one.textContent.trim());
  const boxes = (part) => keyed(part, "div, table, pre, ul, [tabindex]", (one) => one.className);

  // somebody is filling something in: it is left alone
  const changed = (one) => {
    if (one.localName === "select") {
      const options = [...one.options];
      const first = Math.max(0, options.findIndex((option) => option.defaultSelected));
      return one.selectedIndex !== first;
    }
    if (one.type === "checkbox" || one.type === "radio") return one.checked !== one.defaultChecked;
    return one.type !== "hidden" && one.value !== one.defaultValue;
  };
  const used = (part) => [...part.querySelectorAll("input, textarea, select")].some((one) => one === document.activeElement || changed(one));

  const put = (old, fresh) => {
    const html = fresh.innerHTML;
    if (served.get(old) === html || used(old)) return;
    const open = [...folds(old)].map(([name, one]) => [name, one.open]);
    const scrolled = [...boxes(old)].filter(([, one]) => one.scrollLeft || one.scrollTop).map(([name, one]) => [name, one.scrollLeft, one.scrollTop]);
    const focused = [...stops(old)].find(([, one]) => one === document.activeElement)?.[0];
    old.replaceWith(document.adoptNode(fresh));
    served.set(fresh, html);
    const folded = folds(fresh), boxed = boxes(fresh);
    for (const [name, was] of open) if (folded.has(name)) folded.get(name).open = was;
    for (const [name, left, top] of scrolled) boxed.get(name)?.scrollTo(left, top);
    if (focused) stops(fresh).get(focused)?.focus({ preventScroll: true });
  };

  const renew = async () => {
    timer = 0;
    if (asking || document.hidden) return;
    asking = true;
    const begun = Date.now(), wanted = latest;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
      if (answer.redirected || !answer.ok) throw new Error(`${answer.status}`);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const [left, top] = [window.scrollX, window.scrollY];
      for (const old of parts()) {
        const fresh = page.querySelector(`[data-live="${CSS.escape(old.dataset.live)}"]`);
        if (fresh) put(old, fresh);
      }
      if (window.scrollX !== left || window.scrollY !== top) window.scrollTo(left, top);
      shown = page.body.dataset.token || wanted;
      failures = 0;
      tell("on");
    } catch {
      failures += 1;
      tell("off"); // the page says that it may be old
    } finally {
      asking = false;
      renewed = Date.now();
      took = renewed - begun;
      plan();
    }
  };

  const plan = () => {
    if (timer || asking || document.hidden) return;
    const waits = shown !== latest || failures ? Math.max(PAUSE, 10 * took) : OLD;
    const pause = failures ? patience() : waits + 1000 * Math.random();
    timer = setTimeout(renew, Math.max(0, renewed + pause - Date.now()));
  };

  const replan = () => { clearTimeout(timer); timer = 0; plan(); };

  const listen = () => {
    if (events || document.hidden) return;
    events = new EventSource(address);
    events.addEventListener("open", () => { failures = 0; tell("on"); });
    events.addEventListener("changed", (event) => { latest = event.data; replan(); });
    events.addEventListener("error", () => {
      tell("off");
      if (events?.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
      failures += 1;
      events = null;
      setTimeout(listen, patience());
    });
  };

  const rest = () => {
    events?.close();
    events = null;
    clearTimeout(timer);
    timer = 0;
  };

  document.addEventListener("visibilitychange", () => { if (document.hidden) rest(); else { listen(); plan(); } });
  window.addEventListener("pagehide", rest);
  window.addEventListener("pageshow", (event) => { if (event.persisted) { listen(); plan(); } });
  listen();
  plan();
})();
