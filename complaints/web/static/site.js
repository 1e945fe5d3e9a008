// Every page works without this file; what is here only saves time.
(() => {
  "use strict";
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  const summary = document.getElementById("error-summary");
  if (summary) summary.focus();

  // Buttons that only script can serve stay hidden until script is there.
  for (const button of all("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
  for (const button of navigator.clipboard ? all("[data-copy]") : []) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      const words = button.querySelector("span");
      words.textContent = button.dataset.done;
      words.setAttribute("role", "status");
    });
  }

  // A second tap on a slow line must not send twice; a download or a way back frees the form again.
  const free = (form) => {
    delete form.dataset.sent;
    for (const button of all("[aria-disabled]", form)) button.removeAttribute("aria-disabled");
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1";
    if (event.submitter) event.submitter.setAttribute("aria-disabled", "true");
    setTimeout(free, 8000, form);
  });
  window.addEventListener("pageshow", () => all("form[data-sent]").forEach(free));

  // Say which files were chosen, and which are too large, before they travel.
  for (const input of all("input[type=file][data-max-bytes]")) {
    input.addEventListener("change", () => {
      const files = [...input.files];
      const { maxBytes, maxFiles, tooBig, tooMany } = input.dataset;
      const problem = files.length > maxFiles ? tooMany : files.some((file) => file.size > maxBytes) ? tooBig : "";
      input.setCustomValidity(problem);
      const told = document.querySelector(`[data-files-of="${input.id}"]`);
      if (told) told.textContent = problem || files.map((file) => file.name).join(" · ");
      if (problem) input.reportValidity();
    });
  }

  // <form data-autosave="url">: keeps a draft two seconds after the last key.
  for (const form of all("form[data-autosave]")) {
    const told = form.querySelector("[data-autosave-told]");
    let waiting;
    // What is being sent is no draft any more.
    form.addEventListener("submit", () => clearTimeout(waiting));
    form.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(async () => {
        const body = new FormData(form);
        for (const [name, value] of [...body]) if (value instanceof File) body.delete(name);
        const answer = await fetch(form.dataset.autosave, { method: "POST", body }).catch(() => null);
        if (answer && answer.ok && told) {
          told.textContent = told.dataset.autosaveTold.replace("{time}", new Date().toTimeString().slice(0, 5));
        }
      }, 2000);
    });
  }

  // <div data-live="url">: takes in what others change while the page is looked at.
  const live = window.EventSource && document.querySelector("[data-live]");
  let source;
  const listen = () => {
    source?.close();
    source = document.hidden ? undefined : new EventSource(live.dataset.live);
    for (const part of source ? all("[data-live-part]") : []) {
      source.addEventListener(part.dataset.livePart, (event) => {
        if (!part.contains(document.activeElement)) part.innerHTML = event.data;
      });
    }
  };
  if (live) {
    listen();
    document.addEventListener("visibilitychange", listen);
  }

  // <div data-here="url">: says that somebody looks at the case, and at once when somebody begins to write.
  for (const part of all("[data-here]")) {
    let typed = 0;
    const say = (typing) => {
      const body = new URLSearchParams({ csrf_token: part.dataset.token, typing });
      if (!document.hidden) fetch(part.dataset.here, { method: "POST", body }).catch(() => null);
    };
    setInterval(say, 25000, "0");
    document.addEventListener("input", (event) => {
      if (!event.target.closest("textarea") || Date.now() - typed < 15000) return;
      typed = Date.now();
      say("1");
    });
  }

  // <div data-refresh="url" data-every="15">: takes in fresh HTML while nobody is inside it.
  for (const part of all("[data-refresh]")) {
    let last;
    setInterval(async () => {
      // Nor while something is ticked there: the ticks would be lost.
      if (document.hidden || part.contains(document.activeElement) || part.querySelector(":checked")) return;
      if (part.dataset.livePart && source && source.readyState !== EventSource.CLOSED) return;
      const answer = await fetch(part.dataset.refresh).catch(() => null);
      if (!answer || answer.status !== 200 || answer.redirected) return;
      // What did not change is not read out again.
      const words = await answer.text();
      if (words === last) return;
      part.innerHTML = last = words;
      // What was taken in says where to ask for what comes after it.
      const next = part.querySelector("[data-next]");
      if (next) part.dataset.refresh = next.dataset.next;
    }, (Number(part.dataset.every) || 15) * 1000);
  }

  // <form data-look="url">: asks a moment after the last key what is known of the words so far; typing never waits.
  for (const form of all("form[data-look]")) {
    const beside = document.getElementById("beside");
    let waiting, asking;
    form.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(async () => {
        asking?.abort();
        asking = new AbortController();
        const sent = { method: "POST", body: new FormData(form), signal: asking.signal };
        const answer = await fetch(form.dataset.look, sent).catch(() => null);
        if (!answer || !answer.ok || answer.redirected) return;
        const words = await answer.text().catch(() => "");
        if (words && !beside.contains(document.activeElement)) beside.innerHTML = words;
      }, 600);
    });
    // <button data-fill="field" data-value="...">: takes over what was suggested.
    document.addEventListener("click", (event) => {
      const button = event.target.closest("[data-fill]");
      const field = button && form.elements[button.dataset.fill];
      if (!field) return;
      field.value = button.dataset.value;
      field.focus();
    });
  }

  // Alt and a letter by the place of the key: with a Thai keyboard the browser's own access keys do not answer.
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || !/^Key/.test(event.code)) return;
    const target = document.querySelector(`[accesskey="${event.code.slice(3).toLowerCase()}"]`);
    if (!target || event.repeat) return;
    event.preventDefault();
    target.focus();
    if (target.matches("a, button, summary")) target.click();
  });

  // One-key shortcuts of the desk; off in fields, with modifiers, and by the agent's own setting.
  if (document.body.dataset.keys === "on") {
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
      // Enter on a link or a button means that one; a key held down means nothing.
      if (event.repeat || (event.key === "Enter" && event.target.closest("a, button, summary"))) return;
      // With a Thai keyboard `key` is a Thai letter; the place of the key then says which one is meant.
      const sign = event.shiftKey ? "?" : "/";
      const place = event.code === "Slash" ? sign : event.code.replace(/^(Key|Digit|Numpad)/, "").toLowerCase();
      const keys = /^\d$/.test(place) ? [place, event.key] : [event.key.toLowerCase(), place];
      // Of several of one key the one that is seen is meant; what only a closed fold hides comes to light.
      const seen = (one) => !one.closest("details:not([open]) > :not(summary)");
      const named = keys.map((key) => all(`[data-key="${CSS.escape(key)}"]`)).find((found) => found.length);
      const target = named && (named.find(seen) || named[0]);
      if (!target) return;
      event.preventDefault();
      if (!seen(target) && !target.matches("summary")) target.closest("details").open = true;
      target.matches("a, button, summary") ? target.click() : target.focus();
      // A step that was opened waits for its words, not for more keys to reach them.
      if (!target.matches("details[open] > summary")) return;
      const field = (kind) => target.parentElement.querySelector(kind);
      (field("[name=body], [name=answer]") || field("select, input:not([type=hidden])"))?.focus();
    });
  }
  // Ctrl and Enter in a step's form is its button.
  document.addEventListener("keydown", (event) => {
    const form = event.key === "Enter" && event.ctrlKey && !event.repeat && event.target.closest(".step form");
    if (!form) return;
    event.preventDefault();
    form.requestSubmit([...form.querySelectorAll("button:not([formaction])")].pop());
  });
})();
