/* Pulssi's web chat, one script for any page:
 *   <script src="https://pulssi.example/widget.js" data-workspace="default" data-locale="fi" defer></script>
 * Nodes are built, never parsed from strings, and styles are constructed sheets: it runs under a strict CSP with trusted types.
 */
(() => {
  "use strict";

  const SCRIPT = document.currentScript;
  const BASE = new URL(".", SCRIPT ? SCRIPT.src : location.href);
  const SILENCE_MS = 40000; // the server writes a comment every 15 s: two missed ones and a little more mean a dead line
  const HIDDEN_MS = 60000; // a browser gives one origin six HTTP/1.1 connections, so tabs out of sight hand theirs back
  const SLOWEST_MS = 30000;
  const REQUEST_MS = 15000;
  const TEXT_MAX = 4000;
  const OFFLINE = {
    en: "No connection right now. Trying again.",
    fi: "Ei yhteyttä juuri nyt. Yritetään uudelleen.",
    sv: "Ingen anslutning just nu. Försöker igen.",
  };

  /* ---- what the browser keeps ---- */

  // A browser may refuse storage altogether; the chat then lives as long as its page.
  const storage = (name) => {
    const memory = new Map();
    const attempt = (real, spare) => {
      try {
        return real(window[name]);
      } catch {
        return spare();
      }
    };
    return {
      get: (key) => memory.get(key) ?? attempt((box) => box.getItem(key), () => null),
      set: (key, value) => attempt((box) => box.setItem(key, value), () => memory.set(key, value)),
      remove: (key) => {
        memory.delete(key);
        attempt((box) => box.removeItem(key), () => null);
      },
      under: (prefix) => attempt((box) => Object.keys(box).filter((key) => key.startsWith(prefix)), () => []),
    };
  };
  const local = storage("localStorage");
  const tab = storage("sessionStorage");

  const parsed = (text, spare) => {
    try {
      return JSON.parse(text) ?? spare;
    } catch {
      return spare;
    }
  };

  // crypto.randomUUID exists on secure origins only; getRandomValues everywhere.
  const uuid = () => {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  };

  /* ---- the line to Pulssi: session, stream, queue ---- */

  // Server-sent events as WHATWG HTML 9.2.6 reads them; a chunk may end anywhere, even between CR and LF.
  const eventReader = (emit) => {
    let rest = "";
    let afterReturn = false;
    let event = { type: "", data: [], id: null };
    const take = (line) => {
      if (!line) {
        if (event.data.length || event.type) emit(event.type || "message", event.data.join("\n"), event.id);
        event = { type: "", data: [], id: null };
        return;
      }
      const colon = line.indexOf(":");
      if (colon === 0) return;
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "data") event.data.push(value);
      else if (field === "event") event.type = value;
      else if (field === "id" && !value.includes("\0")) event.id = value;
    };
    return (chunk) => {
      if (!chunk) return;
      rest += afterReturn && chunk[0] === "\n" ? chunk.slice(1) : chunk;
      afterReturn = chunk.endsWith("\r");
      const lines = rest.split(/\r\n|\r|\n/);
      rest = lines.pop();
      lines.forEach(take);
    };
  };

  const wait = (attempt, least = 0) =>
    Math.max(least, Math.min(SLOWEST_MS, 1000 * 2 ** Math.min(attempt, 5)) * (0.5 + Math.random() / 2));

  class Line {
    constructor(options, on) {
      this.options = options;
      this.on = on;
      this.place = `pulssi:${BASE.host}:${options.workspace}`;
      this.token = options.token || null;
      this.visitor = options.token ? "given" : null;
      this.lastId = null;
      this.queue = [];
      this.sleepers = new Set();
      this.stopped = false;
      this.heard = 0;
      this.abort = null;
      this.listeners = [
        [window, "online", () => this.wake()],
        [window, "offline", () => this.on.linked(false)],
        [window, "pageshow", () => this.wake()],
        [document, "visibilitychange", () => this.turned()],
      ];
      this.listeners.forEach(([target, name, run]) => target.addEventListener(name, run));
      this.watch = setInterval(() => this.heard && Date.now() - this.heard > SILENCE_MS && this.drop(), 5000);
    }

    stop() {
      this.stopped = true;
      this.listeners.forEach(([target, name, run]) => target.removeEventListener(name, run));
      clearInterval(this.watch);
      clearTimeout(this.hiding);
      this.drop();
      this.wake();
    }

    drop() {
      if (this.abort) this.abort.abort();
    }

    wake() {
      if (this.heard && Date.now() - this.heard > SILENCE_MS / 2) this.drop();
      [...this.sleepers].forEach((rise) => rise());
    }

    turned() {
      clearTimeout(this.hiding);
      if (document.hidden) this.hiding = setTimeout(() => this.drop(), HIDDEN_MS);
      else this.wake();
    }

    pause(ms) {
      return new Promise((resolve) => {
        const rise = () => {
          clearTimeout(timer);
          this.sleepers.delete(rise);
          resolve();
        };
        const timer = setTimeout(rise, ms);
        this.sleepers.add(rise);
      });
    }

    fetch(path, request) {
      return fetch(new URL(path, BASE), { credentials: "omit", cache: "no-store", ...request });
    }

    post(path, body, token) {
      const headers = { "Content-Type": "application/json" };
      if (token) headers.Authorization = `Bearer ${token}`;
      const signal = AbortSignal.timeout ? AbortSignal.timeout(REQUEST_MS) : undefined;
      return this.fetch(path, { method: "POST", headers, body: JSON.stringify(body), signal });
    }

    async open() {
      const { workspace, locale, identity, link } = this.options;
      const key = `${this.place}:token`;
      const token = identity ? null : local.get(key);
      const answer = await this.post("webchat/session", { workspace, locale, token, identity, link });
      if (answer.status === 401 && token) {
        local.remove(key);
        return this.open();
      }
      if (!answer.ok) throw await refusal(answer);
      const session = await answer.json();
      if (this.visitor && this.visitor !== session.visitor) {
        this.lastId = null;
        this.on.stranger();
      }
      this.token = session.token;
      this.visitor = session.visitor;
      this.options.link = null;
      if (!identity) local.set(key, session.token);
      this.restore();
      this.on.session(session);
      return undefined;
    }

    expired() {
      this.token = null;
      if (!this.options.token) local.remove(`${this.place}:token`);
      else {
        this.stop();
        this.on.refused({ status: 401 });
      }
    }

    // Runs until stop(): a session where one is missing, then the stream, again and again.
    async listen() {
      let attempt = 0;
      while (!this.stopped) {
        let least = 0;
        try {
          if (!this.token) await this.open();
          this.flush();
          await this.read(() => (attempt = 0));
        } catch (problem) {
          if (this.stopped) return;
          if (problem.status === 401 && this.token) {
            this.expired();
            if (attempt++ < 3) continue;
          } else if (problem.status >= 400 && problem.status < 500 && problem.status !== 429) {
            least = SLOWEST_MS;
            this.on.refused(problem);
          }
        }
        this.heard = 0;
        if (this.stopped) return;
        if (!document.hidden) this.on.linked(false);
        await this.pause(document.hidden ? 2 ** 31 - 1 : wait(attempt++, least));
      }
    }

    async read(ready) {
      this.abort = new AbortController();
      const headers = { Authorization: `Bearer ${this.token}`, Accept: "text/event-stream" };
      if (this.lastId !== null) headers["Last-Event-ID"] = this.lastId;
      this.heard = Date.now();
      const answer = await this.fetch("webchat/stream", { headers, signal: this.abort.signal });
      if (!answer.ok) throw await refusal(answer);
      const reader = answer.body.getReader();
      const decoder = new TextDecoder();
      const feed = eventReader((type, data, id) => {
        // Ids grow; a replay may come in another order, and must not take the mark back.
        if (id && !(Number(id) < Number(this.lastId))) this.lastId = id;
        if (type === "message") this.tell(parsed(data, null));
        if (type === "ready") {
          ready();
          this.on.linked(true);
          this.wake();
        }
      });
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        this.heard = Date.now();
        feed(decoder.decode(value, { stream: true }));
      }
    }

    // A message that cannot be drawn must not keep the later ones from coming.
    tell(message) {
      try {
        this.on.message(message);
      } catch (error) {
        console.error("Pulssi could not show a message.", error);
      }
    }

    // One storage key an event, so that two tabs cannot overwrite each other's queue.
    eventKey(event) {
      return `${this.place}:event:${this.visitor}:${event.event_id}`;
    }

    restore() {
      const known = new Set(this.queue.map((event) => event.event_id));
      const kept = local.under(`${this.place}:event:${this.visitor}:`).map((key) => parsed(local.get(key), null));
      this.queue.push(...kept.filter((event) => event && !known.has(event.event_id)).sort((a, b) => a.made - b.made));
    }

    send(event) {
      const whole = { event_id: uuid(), made: Date.now(), ...event };
      this.queue.push(whole);
      if (!this.options.token) local.set(this.eventKey(whole), JSON.stringify(whole));
      this.flush();
    }

    pending(token) {
      return this.queue.find((event) => event.token === token && event.type !== "shown");
    }

    settle(event, outcome) {
      this.queue.splice(this.queue.indexOf(event), 1);
      local.remove(this.eventKey(event));
      this.on.settled(event, outcome);
    }

    async flush() {
      if (this.flushing) return;
      this.flushing = true;
      for (let attempt = 0; this.queue.length && this.token && !this.stopped; ) {
        const event = this.queue[0];
        const later = await this.deliver(event);
        if (later === null) {
          attempt = 0;
          this.wake(); // what got through shows that the server is back: the stream need not wait either
        } else if (this.token) {
          this.on.waiting(event);
          await this.pause(wait(attempt++, later));
        }
      }
      this.flushing = false;
    }

    // null when the event is settled, else the least time in ms before the next try.
    async deliver(event) {
      const { made, ...body } = event;
      let answer;
      try {
        answer = await this.post(this.options.events || "webchat/events", body, this.token);
      } catch {
        return 0;
      }
      if (answer.status === 408 || answer.status === 429 || answer.status >= 500) {
        return 1000 * (Number(answer.headers.get("Retry-After")) || 0);
      }
      if (answer.status === 401) {
        this.expired();
        this.drop();
        this.wake();
        return 0;
      }
      const found = await answer.json().catch(() => ({}));
      this.settle(event, { ...found, ok: answer.ok, detail: typeof found.detail === "string" ? found.detail : "" });
      return null;
    }
  }

  const refusal = async (answer) => {
    const problem = await answer.json().catch(() => ({}));
    return { status: answer.status, detail: typeof problem.detail === "string" ? problem.detail : "" };
  };

  /* ---- what it looks like ---- */

  const CSS = `
:host { all: initial; display: block; color-scheme: light dark;
  --page: #f4f6f4; --face: #fff; --ink: #16201d; --soft: #51605b; --rule: #dbe2de; --edge: #77857f; --accent: #0c6b5a;
  --on-accent: #fff; --tint: #e4f2ee; --own: #dcefe9; --bad: #a8231c; --bad-tint: #fdecea; --warn: #6b4a00; --warn-tint: #fdf1d3;
  --shadow: 0 1px 2px rgb(16 32 28 / .07); --lift: 0 12px 40px rgb(16 32 28 / .22);
  font: 400 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; color: var(--ink); }
@media (prefers-color-scheme: dark) { :host { --page: #0f1514; --face: #18211f; --ink: #e7efec; --soft: #a5b4af; --rule: #2b3835;
  --edge: #73837d; --accent: #64d3ba; --on-accent: #04241d; --tint: #1c3530; --own: #1d3f38; --bad: #ffb3ac; --bad-tint: #3b1c1a;
  --warn: #f3cf7c; --warn-tint: #372b10; --shadow: 0 1px 2px rgb(0 0 0 / .4); --lift: 0 12px 40px rgb(0 0 0 / .6); } }
*, ::before, ::after { box-sizing: border-box; }
[hidden] { display: none !important; }
h2, h3, p, fieldset, legend { margin: 0; padding: 0; border: 0; min-width: 0; font: inherit; }
button, textarea { font: inherit; color: inherit; margin: 0; }
button { cursor: pointer; touch-action: manipulation; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
textarea:focus-visible { outline-width: 2px; outline-offset: 0; border-color: var(--accent); }
.heard { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.panel { display: flex; flex-direction: column; overflow: hidden; background: var(--page); }
.inline, .inline .panel { height: 100%; }
.inline .panel { min-height: 320px; border-radius: inherit; }
.float .panel { position: fixed; z-index: 2147483000; inset-block-end: 92px; inset-inline-end: 20px; width: 412px; max-width: calc(100vw - 40px);
  height: 640px; max-height: calc(100vh - 112px); max-height: calc(100dvh - 112px); border-radius: 18px; box-shadow: var(--lift);
  border: 1px solid var(--rule); }
.launcher { position: fixed; z-index: 2147483000; inset-block-end: 20px; inset-inline-end: 20px; width: 60px; height: 60px; border: 0;
  border-radius: 50%; background: var(--accent); color: var(--on-accent); box-shadow: var(--lift); transition: transform .15s; }
.launcher:hover { transform: translateY(-2px); }
.launcher::before { content: ""; position: absolute; inset: 18px 17px 20px; border: 2.5px solid; border-radius: 9px; }
.launcher::after { content: ""; position: absolute; inset-inline-start: 22px; bottom: 14px; border: 5px solid transparent;
  border-top-color: currentColor; border-inline-start-color: currentColor; }
.badge { position: absolute; inset-block-start: -4px; inset-inline-end: -4px; min-width: 24px; padding: 0 6px; border-radius: 12px;
  background: #b3261e; color: #fff; font-size: 13px; font-weight: 700; line-height: 24px; text-align: center; }
.head { display: flex; align-items: center; gap: 10px; padding: 8px 14px; background: var(--face); border-block-end: 1px solid var(--rule); }
.mark { flex: none; width: 36px; height: 36px; border-radius: 50%; background: var(--accent); color: var(--on-accent); font-weight: 650;
  line-height: 36px; text-align: center; }
.who { flex: 1; min-width: 0; line-height: 1.3; }
.who h2 { font-weight: 650; overflow-wrap: anywhere; }
.who p { font-size: 13px; color: var(--soft); overflow-wrap: anywhere; }
.tag { flex: none; padding: 2px 8px; border-radius: 6px; background: var(--warn-tint); color: var(--warn); font-size: 12px; font-weight: 700;
  letter-spacing: .06em; text-transform: uppercase; }
.icon { flex: none; position: relative; width: 44px; height: 44px; margin: -6px; border: 0; border-radius: 10px; background: none; }
.icon:hover { background: var(--tint); }
.icon::before, .icon::after { content: ""; position: absolute; inset: 21px 13px; background: currentColor; transform: rotate(45deg); }
.icon::after { transform: rotate(-45deg); }
.state { padding: 8px 14px; background: var(--warn-tint); color: var(--warn); font-size: 14px; }
.log { position: relative; flex: 1; min-height: 0; overflow: hidden auto; overscroll-behavior: contain; padding: 12px; scrollbar-width: thin;
  display: flex; flex-direction: column; gap: 10px; container-type: inline-size; }
.log:focus-visible { outline-offset: -3px; }
.empty { margin: auto; max-width: 30ch; padding: 24px 0; color: var(--soft); text-align: center; text-wrap: balance; }
.card { flex: none; padding: 14px 16px 16px; border: 1px solid var(--rule); border-radius: 16px; background: var(--face); box-shadow: var(--shadow);
  overflow-wrap: anywhere; animation: rise .22s ease-out; }
.card > * + *, .body > * + * { margin-block-start: 10px; }
@keyframes rise { from { opacity: 0; transform: translateY(6px); } }
.from { font-size: 13px; line-height: 1.4; color: var(--soft); }
.card h3 { font-size: 17px; font-weight: 650; line-height: 1.35; text-wrap: pretty; }
.card h3:focus, .card p:focus { outline: none; }
.card h3:focus-visible, .card p:focus-visible { outline: 2px solid var(--accent); outline-offset: 4px; border-radius: 4px; }
.line, .own p { white-space: pre-wrap; }
.foot { padding-block-start: 10px; border-block-start: 1px solid var(--rule); font-size: 13px; color: var(--soft); white-space: pre-wrap; }
.scale { display: grid; grid-template-columns: repeat(var(--narrow), minmax(0, 1fr)); gap: 5px; margin-block-start: 12px; }
.scale button { min-height: 48px; min-width: 0; padding: 0; border: 1.5px solid var(--edge); border-radius: 12px; background: var(--face);
  font-size: 17px; font-weight: 600; font-variant-numeric: tabular-nums; transition: background-color .12s, border-color .12s, color .12s; }
.scale button:hover { border-color: var(--accent); background: var(--tint); }
.scale [aria-checked=true] { border-color: var(--accent); background: var(--accent); color: var(--on-accent); }
[aria-busy=true] [aria-disabled=true] { cursor: progress; }
[aria-busy=true] [aria-disabled=true]:not([aria-checked=true], .sent) { opacity: .55; }
.ends { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 16px; margin-block-start: 8px; font-size: 13px; color: var(--soft); }
@container (min-width: 370px) { .scale { grid-template-columns: repeat(var(--middle), minmax(0, 1fr)); } }
@container (min-width: 580px) { .scale { grid-template-columns: repeat(var(--wide), minmax(0, 1fr)); } }
@container (max-width: 316px) { .card { padding-inline: 11px; } .scale { gap: 4px; margin-inline: -6px; } }
@container (max-width: 279px) { .scale { grid-template-columns: repeat(4, minmax(0, 1fr)); } }
.write { display: flex; align-items: flex-end; gap: 8px; }
.write textarea { flex: 1; min-width: 0; min-height: 46px; max-height: 180px; padding: 10px 12px; border: 1.5px solid var(--edge); border-radius: 12px;
  background: var(--face); resize: none; field-sizing: content; line-height: 1.45; }
.write textarea::placeholder { color: var(--soft); opacity: 1; }
.card .write { flex-wrap: wrap; justify-content: flex-end; }
.card .write textarea { flex: 1 1 100%; min-height: 72px; }
.label { display: block; font-size: 14px; margin-block-end: 6px; }
.send { min-height: 46px; padding: 0 18px; border: 0; border-radius: 12px; background: var(--accent); color: var(--on-accent); font-weight: 600; }
.send:hover, .launcher:hover { filter: brightness(1.08); }
.count { margin-inline-end: auto; align-self: center; font-size: 13px; color: var(--soft); font-variant-numeric: tabular-nums; }
.composer { padding: 8px 12px; background: var(--face); border-block-start: 1px solid var(--rule); }
.composer .count:not([hidden]) { display: block; padding-block-start: 4px; }
.buttons { display: flex; flex-wrap: wrap; gap: 8px; }
.buttons button { min-height: 44px; padding: 6px 12px; border: 1.5px solid var(--edge); border-radius: 12px; background: var(--face); font-size: 14px;
  font-weight: 600; text-align: start; }
.buttons button:hover { border-color: var(--accent); background: var(--tint); }
.card .small { gap: 0 18px; margin-block: 10px -8px; padding-block-start: 2px; border-block-start: 1px solid var(--rule); }
.small button, .small button:hover { padding: 6px 0; border: 0; background: none; color: var(--soft); font-size: 13px; font-weight: 400;
  text-decoration: underline; text-underline-offset: 3px; }
.small .danger:hover { color: var(--bad); }
.error { padding: 8px 12px; border-radius: 10px; background: var(--bad-tint); color: var(--bad); font-size: 14px; }
.wait { font-size: 13px; color: var(--soft); }
.own { flex: none; align-self: flex-end; max-width: 85%; padding: 8px 14px; border-radius: 16px; border-end-end-radius: 4px; background: var(--own);
  overflow-wrap: anywhere; animation: rise .22s ease-out; }
.own b { display: block; font-size: 12px; font-weight: 600; color: var(--soft); }
.own.failed { opacity: .8; text-decoration: line-through; }
.notice { flex: none; padding: 4px 8px; font-size: 14px; color: var(--soft); overflow-wrap: anywhere; }
time { display: block; font-size: 12px; color: var(--soft); font-variant-numeric: tabular-nums; }
.thanks, .kept { border-inline-start: 4px solid var(--accent); }
.small time { align-self: center; margin-inline-start: auto; }
.closed { box-shadow: none; }
.summary { padding: 18px; font-variant-numeric: tabular-nums; }
.summary h3 { font-size: 18px; }
.summary .line { font-size: 15px; line-height: 1.55; }
.summary .figure { padding: 8px 12px; border-radius: 10px; background: var(--page); }
.figure + .figure { margin-block-start: 6px; }
.figure b { font-size: 17px; font-weight: 700; }
.spark { display: block; font: 17px/1.5 "DejaVu Sans Mono", Menlo, Consolas, monospace; color: var(--accent); letter-spacing: 2px; overflow: hidden;
  white-space: nowrap; }
@media (max-width: 480px) { .float .panel { inset: 0; width: 100%; max-width: none; height: auto; max-height: none; border: 0; border-radius: 0; }
  .float.open .launcher { display: none; } .log { padding: 12px 8px; } }
@media (prefers-reduced-motion: reduce) { * { animation: none !important; transition: none !important; } }
@media (forced-colors: active) { .scale [aria-checked=true], .send, .launcher { forced-color-adjust: none; background: Highlight; color: HighlightText; }
  .icon::before, .icon::after { forced-color-adjust: none; background: ButtonText; }
  .card, .own, .tag, .error { border: 1px solid CanvasText; } .badge { border: 1px solid CanvasText; } }
`;

  const dress = (root) => {
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(CSS);
      root.adoptedStyleSheets = [sheet];
    } catch {
      root.append(el("style", null, CSS)); // browsers before constructable sheets
    }
  };

  const el = (tag, attributes, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (typeof value === "function") node.addEventListener(name, value);
      else node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return node;
  };

  let counter = 0;
  const freshId = (name) => `${name}-${++counter}`;

  // How many values stand in a row: 0–10 breaks after 5, and every button keeps 44 px on a phone of 320 px.
  const columns = (n) => ({
    narrow: n <= 5 ? n : n === 6 ? 3 : n <= 8 ? 4 : n <= 10 ? 5 : 6,
    middle: n <= 7 ? n : n <= 10 ? 5 : 6,
    wide: Math.min(n, 11),
  });

  const SPARK = /[\u2581-\u2588](?:[\u2581-\u2588 ]*[\u2581-\u2588])?/;

  // A line of figures ends in a sparkline: its name and value stand out, and the bars are not read out as symbols.
  const summaryLine = (text) => {
    const found = SPARK.exec(text);
    if (!found) return el("p", { class: "line", dir: "auto" }, text);
    const words = (text.slice(0, found.index) + text.slice(found.index + found[0].length)).replace(/[\s·]+$/, "");
    const cut = /\s(?:\((?=[^)]*\d)|·)/.exec(words)?.index ?? words.length;
    return el("p", { class: "line figure", dir: "auto" }, el("b", null, words.slice(0, cut)), words.slice(cut),
      el("span", { class: "spark", "aria-hidden": "true" }, found[0]));
  };

  /* ---- the chat on the page ---- */

  class Chat {
    constructor(options) {
      this.options = options;
      this.lang = options.locale;
      this.texts = { offline: OFFLINE[(options.locale || "").slice(0, 2)] || OFFLINE.en, ...options.texts };
      this.messages = new Map(); // message id -> {seq, node, token…}
      this.opened = Boolean(options.mount || options.open);
      this.ready = false;
      this.host = options.mount || document.body.appendChild(el("div"));
      this.root = this.host.shadowRoot || this.host.attachShadow({ mode: "open" });
      this.root.replaceChildren();
      dress(this.root);
      this.build();
      this.line = new Line(options, this); // which calls session, message, linked, waiting, settled, stranger and refused
      this.observer = new IntersectionObserver((entries) => {
        entries.forEach((entry) => (entry.target.inView = entry.isIntersecting));
        this.tellShown();
      }, { threshold: 0.5 });
      this.seen = () => this.tellShown();
      document.addEventListener("visibilitychange", this.seen);
      if (!options.idle) this.line.listen();
    }

    destroy() {
      this.line.stop();
      this.observer.disconnect();
      document.removeEventListener("visibilitychange", this.seen);
      clearTimeout(this.offlineTimer);
      if (this.options.mount) this.root.replaceChildren();
      else this.host.remove();
    }

    build() {
      this.name = el("h2", { dir: "auto", id: "name", tabindex: "-1" });
      this.subtitle = el("p", { dir: "auto" });
      this.mark = el("span", { class: "mark", "aria-hidden": "true", hidden: true });
      this.sample = el("span", { class: "tag", hidden: true });
      this.closer = el("button", { type: "button", class: "icon", hidden: Boolean(this.options.mount), click: () => this.close() });
      this.state = el("p", { class: "state", role: "status", hidden: true });
      this.log = el("div", { class: "log", role: "log", "aria-live": "off", "aria-busy": "true", tabindex: "0" });
      this.empty = el("p", { class: "empty", hidden: true });
      this.log.append(this.empty);
      this.composer = this.writer({ max: TEXT_MAX, send: (text) => this.say(text) });
      this.composer.node.classList.add("composer");
      this.composer.node.hidden = true;
      const head = el("div", { class: "head" }, this.mark, el("div", { class: "who" }, this.name, this.subtitle), this.sample, this.closer);
      head.hidden = Boolean(this.options.readonly);
      this.panel = el("div", { class: "panel", role: this.options.mount ? null : "dialog", "aria-labelledby": this.options.mount ? null : "name" },
        head, this.state, this.log, this.composer.node);
      this.panel.addEventListener("keydown", (event) => {
        if (event.key === "Escape" && !event.isComposing && !this.options.mount) this.close();
      });
      this.badge = el("span", { class: "badge", hidden: true });
      this.launcher = el("button", { type: "button", class: "launcher", hidden: true, click: () => (this.opened ? this.close() : this.open()) }, this.badge);
      this.aloud = el("p", { class: "heard", role: "status" });
      this.frame = el("section", { class: this.options.mount ? "inline" : "float" }, this.panel, this.aloud, this.launcher);
      if (!this.options.mount) this.panel.hidden = true;
      this.word();
      this.root.append(this.frame);
    }

    // Puts the texts of the session's language where they belong.
    word() {
      const { texts } = this;
      this.frame.setAttribute("aria-label", texts.title || "Pulssi");
      if (this.lang) this.frame.setAttribute("lang", this.lang);
      this.log.setAttribute("aria-label", texts.log || texts.title || "Pulssi");
      this.closer.setAttribute("aria-label", texts.close || "");
      this.empty.textContent = texts.empty || "";
      this.composer.word(texts.input, texts.send);
      this.sample.textContent = texts.sample || "Sample";
      this.count();
    }

    /* -- what the line tells -- */

    session(session) {
      this.texts = { ...this.texts, ...session.texts };
      this.lang = session.locale;
      const name = session.business || this.texts.title || "";
      this.name.textContent = name;
      this.subtitle.textContent = name === this.texts.title ? "" : this.texts.title || "";
      this.mark.textContent = [...name.trim()][0]?.toUpperCase() || "";
      this.mark.hidden = !this.mark.textContent;
      this.sample.hidden = !session.sample;
      this.composer.node.hidden = false;
      this.launcher.hidden = Boolean(this.options.mount);
      this.word();
      if (this.opened && !this.options.mount) this.reveal();
      const { address, visitor, locale, business, sample, link } = session;
      const target = this.options.mount || SCRIPT || document;
      const detail = { address, visitor, locale, business, sample, link };
      target.dispatchEvent(new CustomEvent("pulssi:session", { bubbles: true, detail }));
    }

    // The token was not ours any more and somebody new sits here: earlier messages and answers are not theirs.
    stranger() {
      this.messages.forEach((entry) => entry.node.remove());
      this.messages.clear();
      for (const event of [...this.line.queue]) {
        if (event.type === "text") continue;
        this.line.settle(event, { ok: false, detail: event.type === "shown" ? "" : this.texts.not_sent });
      }
    }

    refused(problem) {
      this.refusal = problem.detail;
      if (problem.status === 401) this.host.dispatchEvent(new CustomEvent("pulssi:unauthorized", { bubbles: true }));
    }

    linked(up) {
      clearTimeout(this.offlineTimer);
      const show = (down) => {
        this.state.textContent = down ? this.refusal || this.texts.offline : "";
        this.state.hidden = !down;
      };
      // A short gap is nobody's concern; a browser that knows it is offline is believed at once.
      if (!up) this.offlineTimer = setTimeout(() => show(true), navigator.onLine ? 1500 : 0);
      else {
        this.refusal = null;
        show(false);
        this.settleIn();
      }
    }

    // After the first replay: nothing of it is read aloud, everything later is.
    settleIn() {
      if (!this.ready) {
        this.ready = true;
        this.showLast();
        setTimeout(() => {
          this.log.setAttribute("aria-live", "polite");
          this.log.removeAttribute("aria-busy");
          this.still = true;
          this.tellShown();
        }, 100);
      }
      this.empty.hidden = this.log.childElementCount > 1;
      this.count();
    }

    message(message) {
      if (!message || !message.id) return;
      const known = this.messages.get(message.id);
      if (known && message.seq <= known.seq) return;
      if (message.gone) return this.takeAway(message.id);
      const entry = Object.assign(this.card(message), { seq: message.seq });
      this.messages.set(message.id, entry);
      if (known) this.replace(known, entry);
      else this.place(entry.node, null);
      if (this.ready) this.settleIn();
      return undefined;
    }

    takeAway(id) {
      const known = this.messages.get(id);
      if (!known) return;
      const held = known.node.contains(this.root.activeElement);
      known.node.remove();
      this.messages.delete(id);
      this.empty.hidden = this.log.childElementCount > 1;
      if (held) this.log.focus({ preventScroll: true });
      this.count();
    }

    // New things go to the end, and come into view only for whoever was reading there.
    place(node, before) {
      const { log } = this;
      const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
      log.insertBefore(node, before);
      this.empty.hidden = true;
      if (atEnd) log.scrollTop = Math.max(0, node.offsetTop - 14);
    }

    // The end of the log; but a message that is taller than the log is read from its beginning.
    showLast() {
      const last = this.log.lastElementChild;
      this.log.scrollTop = last ? Math.max(0, last.offsetTop - 14) : 0;
    }

    replace(known, entry) {
      const held = known.node.contains(this.root.activeElement);
      const draft = known.writer?.area.value || "";
      const same = known.writer && entry.writer && known.writer.token === entry.writer.token;
      if (draft && entry.writer) entry.writer.fill(draft);
      else if (draft && !this.composer.area.value) this.composer.fill(draft);
      // Focus reads the new words by itself; the log would say them a second time.
      if (held) this.hush();
      known.node.replaceWith(entry.node);
      if (!held) return;
      const goal = same ? entry.writer.area : entry.node.querySelector("[tabindex='-1']");
      (goal || this.log).focus({ preventScroll: true });
      const end = entry.node.offsetTop + entry.node.offsetHeight + 14;
      if (end > this.log.scrollTop + this.log.clientHeight) this.log.scrollTop = Math.min(end - this.log.clientHeight, entry.node.offsetTop - 14);
    }

    hush() {
      this.log.setAttribute("aria-live", "off");
      clearTimeout(this.hushed);
      this.hushed = setTimeout(() => this.log.setAttribute("aria-live", "polite"), 700);
    }

    /* -- one message -- */

    card(message) {
      const prompt = message.prompt || {};
      const node = el("article", { class: `card ${/^[a-z]+$/.test(prompt.kind) ? prompt.kind : ""}`, lang: prompt.lang });
      const entry = { id: message.id, node, tokens: new Set(), error: el("div"), note: el("p", { class: "wait", role: "status", hidden: true }) };
      const titleId = freshId("t");
      const linesId = freshId("l");
      const lines = (prompt.lines || []).map((text) => (prompt.kind === "summary" ? summaryLine(text) : el("p", { class: "line", dir: "auto" }, text)));
      const title = prompt.title ? el("h3", { id: titleId, dir: "auto", tabindex: "-1", "aria-describedby": lines.length ? linesId : null }, prompt.title) : null;
      if (!title && lines.length) lines[0].setAttribute("tabindex", "-1");
      node.append(...[message.mark ? el("span", { class: "tag" }, message.mark) : null,
        prompt.header ? el("p", { class: "from", dir: "auto" }, prompt.header) : null].filter(Boolean));
      const live = !this.options.readonly && !message.mark;
      const body = lines.length ? el("div", { class: "body", id: linesId }, ...lines) : "";
      if (prompt.scale && live) node.append(this.scale(prompt.scale, entry, title, body));
      else node.append(...[title, body].filter(Boolean));
      if (prompt.picture && this.options.picture) node.append(this.options.picture(prompt.picture));
      if (prompt.input && live) node.append(this.field(prompt.input, entry, message));
      const rows = this.buttons((prompt.buttons || []).filter((button) => live || button.value), entry);
      if (live || rows.length) node.append(entry.note, entry.error, ...rows);
      if (prompt.footnote) node.append(el("p", { class: "foot", dir: "auto" }, prompt.footnote));
      if (message.at) (prompt.footnote ? node : rows.find((row) => row.matches(".small")) || node).append(this.clock(message.at));
      this.watchQuestion(prompt, entry);
      this.resume(entry);
      return entry;
    }

    // Dates as the person's own country writes them, where the browser tells it for this language; else day before month.
    region() {
      const lang = this.lang || undefined;
      return navigator.languages.find((one) => one.startsWith(`${lang}-`)) || (lang === "en" ? "en-GB" : lang);
    }

    clock(at) {
      const day = new Date(at);
      if (Number.isNaN(day.getTime())) return "";
      const today = day.toDateString() === new Date().toDateString();
      const clock = { hour: "numeric", minute: "2-digit" };
      const shape = today ? clock : { day: "numeric", month: "short", ...clock };
      return el("time", { datetime: at }, new Intl.DateTimeFormat(this.region(), shape).format(day));
    }

    scale(scale, entry, title, body) {
      const endsId = freshId("e");
      const legend = el("legend", { id: freshId("g") }, title || el("h3", { tabindex: "-1", dir: "auto" }, scale.legend || ""));
      if (title && scale.legend && scale.legend !== title.textContent) legend.append(el("p", { dir: "auto" }, scale.legend));
      const row = el("div", { class: "scale" });
      Object.entries(columns(scale.choices.length)).forEach(([name, n]) => row.style.setProperty(`--${name}`, n));
      entry.choices = scale.choices.map((choice, index) => el("button", {
        type: "button", role: "radio", "aria-checked": "false", "aria-label": choice.spoken, tabindex: index ? "-1" : "0",
        click: () => this.answer(entry, scale.token, choice.value),
      }, choice.label));
      entry.values = scale.choices.map((choice) => choice.value);
      row.append(...entry.choices);
      row.addEventListener("keydown", (event) => this.roam(event, entry.choices));
      const ends = [scale.low_end, scale.high_end].filter(Boolean).map((text) => el("span", { dir: "auto" }, text));
      const end = ends.length ? el("p", { class: "ends", id: endsId }, ...ends) : "";
      entry.tokens.add(scale.token);
      entry.group = el("fieldset", { role: "radiogroup", "aria-labelledby": legend.id, "aria-describedby": end && endsId }, legend, body, row, end);
      return entry.group;
    }

    // Arrows only move: a value is sent by Enter, space or a tap, never on the way past it.
    roam(event, choices) {
      const at = choices.indexOf(this.root.activeElement);
      const turn = getComputedStyle(event.currentTarget).direction === "rtl" ? -1 : 1;
      const steps = { ArrowRight: turn, ArrowLeft: -turn, ArrowDown: 1, ArrowUp: -1, Home: -at, End: choices.length - 1 - at };
      if (at < 0 || !(event.key in steps) || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      const next = choices[(at + steps[event.key] + choices.length) % choices.length];
      choices.forEach((choice) => choice.setAttribute("tabindex", choice === next ? "0" : "-1"));
      next.focus();
    }

    field(input, entry, message) {
      const writer = this.writer({
        max: input.max || TEXT_MAX,
        token: input.token,
        send: (text) => {
          this.echo(text, entry.node);
          this.act(entry, { type: "comment", token: input.token, text });
        },
      });
      writer.word(input.label || this.texts.input, this.texts.send, true);
      entry.tokens.add(input.token);
      entry.writer = writer;
      writer.node.classList.add("field");
      writer.node.setAttribute("id", freshId(`w-${message.seq}`));
      return writer.node;
    }

    buttons(buttons, entry) {
      const make = (button) => {
        const small = button.danger || button.action === "delete" || button.action === "stop";
        if (button.token) entry.tokens.add(button.token);
        const { action, value, token } = button;
        const node = el("button", { type: "button", class: small ? "danger" : null, dir: "auto", click: () => {
          if (entry.busy) return;
          node.classList.add("sent");
          this.act(entry, value ? { type: "menu", value, message: entry.id, locale: this.lang } : { type: "press", token, action });
        } }, button.label);
        return { small, node };
      };
      const made = buttons.map(make);
      const row = (small) => made.filter((button) => button.small === small).map((button) => button.node);
      return [["buttons", row(false)], ["buttons small", row(true)]]
        .filter(([, nodes]) => nodes.length)
        .map(([name, nodes]) => el("div", { class: name }, ...nodes));
    }

    // A text field with its button: for a message of its own, and for the chat.
    writer({ max, token, send }) {
      const area = el("textarea", { rows: "1", dir: "auto", id: freshId("a"), enterkeyhint: "send", autocomplete: "off" });
      const label = el("label", { for: area.id, class: "label", dir: "auto" });
      const button = el("button", { type: "submit", class: "send" });
      const count = el("span", { class: "count", hidden: true });
      const error = el("div");
      const note = el("p", { class: "wait", role: "status", hidden: true });
      const form = el("form", { novalidate: true }, label, el("div", { class: "write" }, area, count, button), note, error);
      const writer = { node: form, area, note, error, token };
      const length = () => [...area.value].length;
      const measure = () => {
        count.hidden = length() < max * 0.9;
        count.textContent = `${length()} / ${max}`;
        if (length() <= max) error.replaceChildren();
      };
      writer.fill = (text) => {
        area.value = text;
        measure();
      };
      writer.word = (name, send_, visible) => {
        label.textContent = name || "";
        label.classList.toggle("heard", !visible);
        if (!visible) area.setAttribute("placeholder", name || "");
        button.textContent = send_ || "";
      };
      area.addEventListener("input", measure);
      area.addEventListener("keydown", (event) => {
        // keyCode 229: Safari ends a composition before the Enter that confirms it.
        if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
        event.preventDefault();
        form.requestSubmit();
      });
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        const text = area.value.trim();
        if (!text || area.getAttribute("aria-disabled") === "true") return;
        if (length() > max) {
          this.complain(writer, (this.texts.too_long || "").replace("{max}", max));
          return;
        }
        writer.fill("");
        send(text);
      });
      return writer;
    }

    /* -- what the visitor does -- */

    answer(entry, token, value) {
      if (entry.busy) return;
      this.press(entry, value);
      this.act(entry, { type: "score", token, score: value });
    }

    press(entry, value) {
      entry.choices?.forEach((choice, index) => choice.setAttribute("aria-checked", String(entry.values[index] === value)));
    }

    act(entry, event) {
      this.busy(entry, true);
      entry.error.replaceChildren();
      this.line.send(event);
    }

    // aria-disabled and not disabled: a disabled button loses the keyboard's focus.
    busy(entry, busy) {
      entry.busy = busy;
      (entry.group || entry.node).setAttribute("aria-busy", String(busy));
      entry.node.setAttribute("aria-busy", String(busy));
      for (const node of entry.node.querySelectorAll("button, textarea")) node.setAttribute("aria-disabled", String(busy));
      if (!busy) entry.node.querySelectorAll(".sent").forEach((node) => node.classList.remove("sent"));
    }

    // After a reload an answer may still be on its way.
    resume(entry) {
      const event = [...entry.tokens].map((token) => this.line?.pending(token)).find(Boolean);
      if (!event) return;
      if (event.type === "score") this.press(entry, event.score);
      this.busy(entry, true);
    }

    say(text) {
      this.echo(text, null);
      this.line.send({ type: "text", text, reply_to: null });
    }

    echo(text, before) {
      const node = el("div", { class: "own" }, el("b", null, this.texts.you || ""), el("p", { dir: "auto" }, text));
      this.place(node, before);
      return node;
    }

    entryOf(event) {
      return event.token ? [...this.messages.values()].find((entry) => entry.tokens.has(event.token)) : this.messages.get(event.message);
    }

    waiting(event) {
      if (event.type === "shown") return;
      const { note } = this.entryOf(event) || this.composer;
      note.textContent = this.texts.retry || this.texts.offline;
      note.hidden = false;
    }

    settled(event, outcome) {
      if (event.type === "shown") return;
      const entry = this.entryOf(event);
      (entry || this.composer).note.hidden = true;
      if (entry) this.busy(entry, false);
      if (event.message) {
        // Few press these: what shows the answers comes with the first.
        import(new URL("chat/static/menu.js", BASE)).then((menu) => menu.answered(this, el, event, outcome, entry))
          .catch(() => this.complain(entry || this.composer));
        return;
      }
      if (outcome.ok) {
        if (outcome.notice) this.place(el("p", { class: "notice", dir: "auto" }, outcome.notice), entry ? entry.node.nextSibling : null);
        return;
      }
      if (entry) this.press(entry, undefined);
      this.giveBack(event, entry);
      this.complain(entry || this.composer, outcome.detail || this.texts.not_sent);
    }

    // Words that were refused return to their field, so that nobody types them twice.
    giveBack(event, entry) {
      if (event.type !== "text" && event.type !== "comment") return;
      const writer = entry?.writer || this.composer;
      if (!writer.area.value) writer.fill(event.text);
      const own = [...this.log.querySelectorAll(".own")].reverse().find((node) => node.lastChild.textContent === event.text);
      own?.remove();
      this.empty.hidden = this.log.childElementCount > 1;
    }

    complain(place, detail) {
      place.error.replaceChildren(el("p", { class: "error", role: "alert", dir: "auto" }, detail || this.texts.not_sent || this.texts.offline));
    }

    /* -- what was really seen -- */

    watchQuestion(prompt, entry) {
      const token = prompt.kind === "question" && !this.options.readonly ? (prompt.scale || prompt.input || {}).token : null;
      if (!token) return;
      entry.question = token;
      const seen = entry.group ? entry.group.querySelector(".scale") : entry.node;
      entry.watched = seen;
      this.observer?.observe(seen);
    }

    tellShown() {
      // What flew past during the replay was not seen.
      if (!this.still || !this.opened || document.hidden || !this.line.visitor) return;
      const key = `${this.line.place}:shown`;
      const told = parsed(local.get(key), []);
      for (const entry of this.messages.values()) {
        if (!entry.question || !entry.watched.inView || told.includes(entry.question)) continue;
        told.push(entry.question);
        local.set(key, JSON.stringify(told.slice(-100)));
        this.line.send({ type: "shown", token: entry.question });
      }
      this.count();
    }

    /* -- open and closed -- */

    // The badge counts what was written after the panel was last open; closed, it is said once and takes no focus.
    count() {
      if (!this.line || this.options.mount) return;
      const key = `${this.line.place}:read`;
      const newest = Math.max(0, ...[...this.messages.values()].map((entry) => entry.seq || 0));
      if (this.opened && this.ready) local.set(key, String(newest));
      const read = Number(local.get(key)) || 0;
      const fresh = this.ready ? [...this.messages.values()].filter((entry) => entry.seq > read).length : 0;
      const { texts } = this;
      this.badge.hidden = !fresh;
      this.badge.textContent = String(fresh || "");
      this.launcher.setAttribute("aria-label", this.opened ? texts.close || "" : [texts.open, fresh ? `${texts.new || ""} (${fresh})` : ""].filter(Boolean).join(". "));
      this.launcher.setAttribute("aria-expanded", String(this.opened));
      if (fresh > (this.told || 0)) this.aloud.textContent = texts.new || "";
      else if (!fresh) this.aloud.textContent = "";
      this.told = fresh;
    }

    reveal() {
      this.opened = true;
      this.panel.hidden = false;
      this.frame.classList.add("open");
      tab.set(`${this.line.place}:open`, "1");
      if (this.ready) this.showLast();
      this.count();
    }

    open() {
      this.reveal();
      if (!this.options.mount) this.name.focus({ preventScroll: true });
    }

    close() {
      if (this.options.mount || !this.opened) return;
      this.opened = false;
      const held = this.panel.contains(this.root.activeElement);
      this.panel.hidden = true;
      this.frame.classList.remove("open");
      tab.remove(`${this.line.place}:open`);
      this.count();
      if (held) this.launcher.focus();
    }

    // A message that is shown and not stored, such as a preview.
    show(message) {
      this.message({ seq: Date.now(), ...message });
      this.settleIn();
    }
  }

  /* ---- the host page ---- */

  const chats = [];
  // mount(element, {workspace, locale, link, identity, token, texts, readonly}) -> {show(message), destroy()}
  const mount = (element, options) => {
    const chat = new Chat({ workspace: "default", locale: null, identity: null, link: null, ...options, mount: element });
    return { show: (message) => chat.show(message), destroy: () => chat.destroy() };
  };
  window.Pulssi = Object.freeze({
    open: () => chats[0]?.open(),
    close: () => chats[0]?.close(),
    mount,
  });

  const start = () => {
    const { workspace, locale, link, open, mount: selector, identityId, identityName, identityExp, identitySignature } = SCRIPT.dataset;
    const place = `pulssi:${BASE.host}:${workspace || "default"}`;
    const element = selector ? document.querySelector(selector) : null;
    if (selector && !element) return;
    const identity = identityId
      ? { id: identityId, name: identityName || null, exp: Number(identityExp), signature: identitySignature || "" }
      : null;
    chats.push(new Chat({
      workspace: workspace || "default",
      locale: locale || document.documentElement.lang || null,
      link: link || null,
      identity,
      mount: element,
      open: open !== undefined || tab.get(`${place}:open`) === "1",
    }));
  };
  if (!SCRIPT || SCRIPT.dataset.manual !== undefined) return;
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
