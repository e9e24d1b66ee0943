/* What a button of a menu is answered with, below its message and for whoever pressed it alone: texts, more buttons, a form.
 * Loaded by widget.js with the first such answer. Nothing of it is stored: a reload clears it away.
 */
const CSS = `
.aside { position: relative; border-color: var(--accent); box-shadow: none; }
.aside > .icon { float: inline-end; margin: -10px -10px 0 8px; }
.aside > .alone { margin: 0; font-size: 13px; color: var(--soft); }
.aside .part + .part { margin-block-start: 14px; padding-block-start: 14px; border-block-start: 1px solid var(--rule); }
.part > * + *, .body > * + * { margin-block-start: 10px; }
.aside .line { font-variant-numeric: tabular-nums; }
.aside .send { border-color: var(--accent); background: var(--accent); color: var(--on-accent); }
.box > * + * { margin-block-start: 4px; }
.box label { display: block; font-size: 14px; font-weight: 600; }
.box input, .box textarea, .box select { width: 100%; min-height: 46px; padding: 10px 12px; border: 1.5px solid var(--edge); border-radius: 12px;
  background: var(--face); color: inherit; font: inherit; }
.box textarea { min-height: 92px; resize: vertical; }
.box [aria-invalid=true] { border-color: var(--bad); }
.box .hint { font-size: 13px; color: var(--soft); }
`;

const shown = new WeakMap(); // chat -> {message id -> what stands below it}

let counter = 0;
const freshId = () => `f-${++counter}`;

function dress(chat, el) {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    chat.root.adoptedStyleSheets = [...chat.root.adoptedStyleSheets, sheet];
  } catch {
    chat.root.append(el("style", null, CSS)); // browsers before constructable sheets
  }
}

function asides(chat, el) {
  if (!shown.has(chat)) {
    shown.set(chat, new Map());
    dress(chat, el);
  }
  return shown.get(chat);
}

// `entry` is the message on the page, if it is still there.
export function answered(chat, el, event, outcome, entry) {
  const all = asides(chat, el);
  const known = all.get(event.message);
  // Whoever has gone on to something else meanwhile keeps the focus there.
  const held = [entry?.node, known?.node].some((node) => node?.contains(chat.root.activeElement));
  const old = known || { back: entry?.node.contains(chat.root.activeElement) ? chat.root.activeElement : null };
  known?.free();
  if (!outcome.ok) {
    chat.complain(known || entry || chat.composer, outcome.detail);
    return;
  }
  if (Object.keys(outcome.errors || {}).length) {
    known?.refuse?.(outcome.errors);
    return;
  }
  if (outcome.prompts?.length || outcome.form) {
    const aside = new Aside(chat, el, event.message, old, outcome);
    put(chat, aside, known, entry);
    all.set(event.message, aside);
    if (held) aside.focus();
  } else if (event.type === "form") {
    known?.close();
  }
  if (outcome.notice) tell(chat, el, outcome.notice, all.get(event.message) || entry);
}

function put(chat, aside, known, entry) {
  if (known?.node.isConnected) known.node.replaceWith(aside.node);
  else chat.place(aside.node, entry ? entry.node.nextSibling : null);
}

// One sentence at a time below a message, however often its buttons are pressed.
function tell(chat, el, words, below) {
  const next = below?.node.nextSibling;
  if (next?.matches?.(".notice.told")) next.remove();
  chat.place(el("p", { class: "notice told", dir: "auto" }, words), below ? below.node.nextSibling : null);
}

class Aside {
  constructor(chat, el, message, old, { prompts = [], form }) {
    this.chat = chat;
    this.el = el;
    this.message = message;
    this.back = old.back;
    this.error = el("div");
    this.closer = el("button", { type: "button", class: "icon", "aria-label": chat.texts.dismiss || "Close", click: () => this.close() });
    this.node = el("section", { class: "card aside", "aria-label": chat.texts.alone || null }, this.closer,
      el("p", { class: "alone", dir: "auto" }, chat.texts.alone),
      ...prompts.map((prompt) => this.part(prompt)), form ? this.form(form) : "", this.error);
    this.node.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.stopPropagation(); // it closes this, and not the whole chat
      this.close();
    });
  }

  part({ lang, header, title, lines = [], buttons = [], footnote }) {
    const { chat, el } = this;
    const entry = { id: this.message, node: this.node, tokens: new Set(), error: this.error };
    // The same rules as in messages: one press at a time, and the grave buttons stand apart.
    const part = el("div", { class: "part", lang, dir: "auto" },
      header ? el("p", { class: "from", dir: "auto" }, header) : "",
      title ? el("h3", { tabindex: "-1", dir: "auto" }, title) : "",
      lines.length ? el("div", { class: "body" }, ...lines.map((text) => el("p", { class: "line", dir: "auto" }, text))) : "",
      footnote ? el("p", { class: "foot", dir: "auto" }, footnote) : "");
    entry.node = part;
    part.append(...chat.buttons(buttons.filter(({ value }) => value), entry));
    this.entries = [...(this.entries || []), entry];
    if (!title && lines.length) part.querySelector(".line").setAttribute("tabindex", "-1");
    return part;
  }

  form(form) {
    const { chat, el } = this;
    const boxes = form.fields.map((field) => new Box(el, field, chat.texts));
    const node = el("form", { class: "part", lang: form.lang, novalidate: true, submit: (event) => this.send(event, form, boxes) },
      el("h3", { tabindex: "-1", dir: "auto" }, form.title),
      ...boxes.map((box) => box.node),
      el("div", { class: "buttons" },
        el("button", { type: "submit", class: "send", dir: "auto" }, form.submit),
        el("button", { type: "button", dir: "auto", click: () => this.close() }, form.close)));
    this.entries = [...(this.entries || []), { node }];
    this.refuse = (errors) => {
      const elsewhere = Object.keys(errors).filter((name) => !boxes.some((box) => box.name === name));
      if (elsewhere.length) chat.complain(this, errors[elsewhere[0]]);
      refuse(boxes, errors);
    };
    return node;
  }

  send(event, form, boxes) {
    event.preventDefault();
    const { chat } = this;
    const [entry] = this.entries.filter(({ node }) => node === event.target);
    if (entry.busy) return;
    const errors = Object.fromEntries(boxes.map((box) => [box.name, box.wrong()]).filter(([, words]) => words));
    refuse(boxes, errors);
    if (Object.keys(errors).length) return;
    this.error.replaceChildren();
    chat.busy(entry, true);
    const values = Object.fromEntries(boxes.map((box) => [box.name, box.value]));
    chat.line.send({ type: "form", values, state: form.state, message: this.message, locale: chat.lang });
  }

  free() {
    this.entries.forEach((entry) => this.chat.busy(entry, false));
  }

  // Focus reads the new words by itself; the log would say them a second time.
  focus() {
    const { chat, node } = this;
    chat.hush();
    (node.querySelector("h3[tabindex], .line[tabindex], input, textarea, select") || this.closer).focus({ preventScroll: true });
    const end = node.offsetTop + node.offsetHeight + 14;
    if (end > chat.log.scrollTop + chat.log.clientHeight) {
      chat.log.scrollTop = Math.min(end - chat.log.clientHeight, node.offsetTop - 14);
    }
  }

  close() {
    const { chat, node } = this;
    const held = node.contains(chat.root.activeElement);
    node.remove();
    shown.get(chat).delete(this.message);
    if (!held) return;
    const title = chat.messages.get(this.message)?.node.querySelector("[tabindex='-1']");
    (this.back?.isConnected ? this.back : title || chat.log).focus();
  }
}

// One field with its label, its hint and what is wrong with it.
class Box {
  constructor(el, field, texts) {
    this.name = field.name;
    this.field = field;
    this.texts = texts;
    const id = freshId();
    const told = { id, name: field.name, dir: "auto", "aria-required": field.needed ? "true" : null, autocomplete: "off" };
    if (field.kind === "choice") {
      const options = field.needed ? field.options : [{ value: "", label: "" }, ...field.options];
      this.input = el("select", told, ...options.map(({ value, label }) => el("option", { value, selected: value === field.value }, label)));
    } else {
      this.input = el(field.multiline ? "textarea" : "input", { ...told, rows: field.multiline ? "3" : null });
      this.input.value = field.value || "";
    }
    this.hint = field.hint ? el("p", { class: "hint", id: `${id}h`, dir: "auto" }, field.hint) : null;
    this.error = el("p", { class: "error", id: `${id}e`, dir: "auto", hidden: true });
    this.input.addEventListener("input", () => this.refuse(""));
    this.node = el("div", { class: "box" }, el("label", { for: id, dir: "auto" }, field.label), this.hint, this.input, this.error);
    this.refuse("");
  }

  get value() {
    return this.input.value.trim();
  }

  wrong() {
    if (this.field.needed && !this.value) return this.texts.needed || this.texts.not_sent;
    return [...this.value].length > this.field.longest ? (this.texts.too_long || "").replace("{max}", this.field.longest) : "";
  }

  refuse(words) {
    this.error.textContent = words;
    this.error.hidden = !words;
    this.input.setAttribute("aria-invalid", String(Boolean(words)));
    const described = [this.hint?.id, words ? this.error.id : ""].filter(Boolean).join(" ");
    if (described) this.input.setAttribute("aria-describedby", described);
    else this.input.removeAttribute("aria-describedby");
  }
}

// The words are read with the first field that they are about, which gets the focus.
function refuse(boxes, errors) {
  boxes.forEach((box) => box.refuse(errors[box.name] || ""));
  boxes.find((box) => errors[box.name])?.input.focus();
}
