/* The demo page: a customer's chat, the staff desk and the owner's channel side by side. */
import { pictured } from "./pictures.js";

const TEXTS = await (await fetch("chat/static/chat.texts.json")).json();
const NAMES = { en: "English", fi: "Suomi", sv: "Svenska" };
const REFRESH_MS = 4000;
const ROWS = 6; // of the latest questions; older ones unfold

const $ = (id) => document.getElementById(id);
const workspace = new URLSearchParams(location.search).get("workspace") || "default";
const fragment = new URLSearchParams(location.hash.slice(1));
const link = fragment.get("link");
const claimCode = fragment.get("claim");
// The code is a secret that works once: it leaves the address bar, and with it the history, at once.
if (claimCode) history.replaceState(null, "", location.pathname + location.search);

// Storage may be refused; the page then forgets who is signed in when it closes.
const kept = {
  get(name) {
    try {
      return localStorage.getItem(`pulssi:page:${workspace}:${name}`);
    } catch {
      return null;
    }
  },
  set(name, value) {
    try {
      if (value === null) localStorage.removeItem(`pulssi:page:${workspace}:${name}`);
      else localStorage.setItem(`pulssi:page:${workspace}:${name}`, value);
    } catch {
      // Nothing to do: see above.
    }
  },
};

let memberToken = kept.get("member");
let locale = "en";
let status = null;
let desk = null;
let deskText = "";
let address = "";
let customer = null;
let owner = null;
let previewed = null;

const t = (key, values = {}) =>
  (TEXTS[locale][key] ?? TEXTS.en[key]).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

const el = (tag, attributes, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter(Boolean));
  return node;
};

class Refused extends Error {
  constructor(code, detail) {
    super(detail);
    this.code = code;
  }
}

// GET without a body, POST with one; a problem's detail is fit to be shown.
async function call(path, body) {
  // What the desk answers in words comes in the page's language, whatever the browser prefers.
  const headers = { Accept: "application/json", "Accept-Language": locale };
  if (memberToken) headers.Authorization = `Bearer ${memberToken}`;
  if (body) headers["Content-Type"] = "application/json";
  const query = body ? "" : `?${new URLSearchParams({ workspace })}`;
  let answer;
  try {
    answer = await fetch(`chat/${path}${query}`, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify({ workspace, ...body }) });
  } catch {
    throw new Refused(0, t("offline"));
  }
  const found = await answer.json().catch(() => ({}));
  if (answer.ok) return found;
  throw new Refused(answer.status, typeof found.detail === "string" ? found.detail : t("failed"));
}

function say(node, text) {
  node.textContent = text || "";
  node.hidden = !text;
}

/* ---- words ---- */

function pickLocale() {
  // Staff share the business's language; a customer with a link brings their own.
  const own = navigator.languages.map((one) => one.slice(0, 2));
  const wishes = [kept.get("locale"), ...(link ? own : []), status?.locale, ...own, "en"];
  return wishes.find((wish) => wish in TEXTS);
}

function word() {
  document.documentElement.lang = locale;
  document.title = [t(link ? "link_title" : "title"), status?.business].filter(Boolean).join(" · ");
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = t(node.dataset.text);
  for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", t(node.dataset.label));
  $("business").textContent = status?.business || "Pulssi";
  $("language").replaceChildren(...status.locales.filter((code) => code in TEXTS).map((code) => el("button", {
    type: "button", lang: code, "aria-pressed": String(code === locale), click: () => speak(code),
  }, NAMES[code])));
  const first = !status.claimed;
  $("welcome-title").textContent = t(first ? "welcome_new" : "welcome_back");
  $("welcome-text").textContent = t(first ? "welcome_new_text" : "welcome_back_text", { business: status.business || "Pulssi" });
  choices($("claim").elements.locale, status.locales.map((code) => [code, NAMES[code] || code]), locale);
  choices($("ask").elements.locale, [["", t("own_language")], ...status.locales.map((code) => [code, NAMES[code] || code])]);
  example("subject", "subject_example");
  example("team", "team_example");
}

// Example words follow the page's language until somebody writes their own.
function example(name, key) {
  const field = $("ask").elements[name];
  if (Object.values(TEXTS).some((texts) => texts[key] === field.value) || !field.dataset.touched) field.value = t(key);
}

function choices(select, pairs, chosen = select.value) {
  select.replaceChildren(...pairs.map(([value, label]) => el("option", { value }, label)));
  if (pairs.some(([value]) => value === chosen)) select.value = chosen;
}

function speak(code) {
  locale = code;
  kept.set("locale", code);
  word();
  $("language").querySelector("[aria-pressed='true']").focus();
  $("verdict").replaceChildren();
  deskText = "";
  if (desk) refresh(); // its words come from the server
  mountCustomer();
  mountOwner();
}

/* ---- the customer's chat ---- */

function mountCustomer() {
  customer?.destroy();
  customer = window.Pulssi.mount($("customer"), { workspace, locale, link });
}

document.addEventListener("pulssi:session", ({ detail }) => {
  const field = $("ask").elements.to;
  if (!field.value || field.value === address) field.value = detail.address;
  ({ address } = detail);
  $("address-text").textContent = address;
  $("address").hidden = Boolean(link);
  // A link that was used needs no words: its question is in the chat.
  if (detail.link && detail.link !== "used") say($("link-state"), t(`link_${detail.link}`));
});

async function copy(text, source, told) {
  try {
    await navigator.clipboard.writeText(text);
    told.textContent = t("copied");
  } catch {
    getSelection().selectAllChildren(source); // an insecure origin has no clipboard: select it for the person's own keys
  }
}

$("copy").addEventListener("click", async () => {
  await copy(address, $("address-text"), $("copied"));
  if (!$("copied").textContent) return;
  $("copy").textContent = t("copied");
  setTimeout(() => {
    $("copy").textContent = t("copy");
    $("copied").textContent = "";
  }, 2000);
});

/* ---- the first run ---- */

function showWelcome() {
  desk = null;
  customer?.destroy();
  owner?.destroy();
  customer = owner = null;
  $("panels").hidden = true;
  $("member").hidden = true;
  $("welcome").hidden = false;
  $("claim-code").hidden = Boolean(claimCode);
  $("welcome-where").hidden = Boolean(claimCode);
  $("claim").elements.code.value = claimCode || "";
  $("claim-business").hidden = status.claimed;
  $("claim").elements.business.required = !status.claimed;
  if (status.business && !$("claim").elements.business.value) $("claim").elements.business.value = status.business;
}

$("claim").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const error = form.querySelector(".error");
  const { code, name, business, locale: language } = Object.fromEntries(new FormData(form));
  say(error, "");
  try {
    const answer = await call("claim", { code: code.trim(), name: name.trim(), business: business.trim() || null, locale: language });
    memberToken = answer.token;
    kept.set("member", answer.token);
    if (language !== locale) kept.set("locale", language);
    await begin();
    $("desk-title").setAttribute("tabindex", "-1");
    $("desk-title").focus();
  } catch (problem) {
    say(error, problem.message);
    // A code from the address may be used up: from now on it can be typed.
    $("claim-code").hidden = $("welcome-where").hidden = false;
  }
});

/* ---- the staff desk ---- */

async function refresh() {
  if (!memberToken || document.hidden) return;
  try {
    showDesk(await call("desk"));
    say($("trouble"), "");
  } catch (problem) {
    if (problem.code === 401) {
      memberToken = null;
      kept.set("member", null);
      await begin();
    } else {
      say($("trouble"), problem.message);
    }
  }
}

function showDesk(fresh) {
  const text = JSON.stringify({ ...fresh, owner_token: Boolean(fresh.owner_token) });
  desk = fresh;
  if (text === deskText) return;
  deskText = text;
  say($("member"), t(fresh.member.role === "owner" ? "role_owner" : "role_staff", { name: fresh.member.name }));
  choices($("ask").elements.survey, fresh.surveys.map((survey) => [survey.slug, survey.title]));
  const held = document.activeElement?.dataset?.invitation;
  const rows = fresh.invitations.map(invitationRow);
  $("asks").replaceChildren(...rows.slice(0, ROWS));
  $("older-asks").replaceChildren(...rows.slice(ROWS));
  $("older").hidden = rows.length <= ROWS;
  $("older-title").textContent = t("older", { n: rows.length - ROWS });
  if (held) ($("desk-panel").querySelector(`[data-invitation="${CSS.escape(held)}"]`) || $("ask").elements.ticket).focus();
  $("no-asks").hidden = fresh.invitations.length > 0;
  $("undelivered").replaceChildren(...(fresh.undelivered ?? []).map(({ words }) => el("p", { class: "banner bad" }, words)));
  $("owner-only").hidden = Boolean(fresh.owner_token);
  $("owner-actions").hidden = $("owner").hidden = !fresh.owner_token;
  if (fresh.owner_token && !owner) mountOwner();
}

function invitationRow(invitation) {
  const survey = desk.surveys.find(({ slug }) => slug === invitation.survey);
  const about = [invitation.ticket, survey?.title || invitation.survey, when(invitation.at)].filter(Boolean).join(" · ");
  const name = invitation.customer || invitation.address;
  return el("li", null,
    el("div", null, el("b", null, name), el("span", { class: `words ${invitation.state === "answered" ? "answered" : ""}` }, invitation.words), el("span", null, about)),
    invitation.can_cancel && el("button", {
      type: "button", class: "quiet", "data-invitation": invitation.id, "aria-label": t("cancel_what", { customer: name }), click: () => cancel(invitation.id),
    }, t("cancel")));
}

// Dates as the person's own country writes them, where the browser tells it for this language; else day before month.
function region() {
  return navigator.languages.find((one) => one.startsWith(`${locale}-`)) || (locale === "en" ? "en-GB" : locale);
}

function when(at) {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return "";
  const today = time.toDateString() === new Date().toDateString();
  const clock = { hour: "numeric", minute: "2-digit" };
  return new Intl.DateTimeFormat(region(), today ? clock : { day: "numeric", month: "short", ...clock }).format(time);
}

async function cancel(id) {
  try {
    verdict(true, (await call(`invitations/${encodeURIComponent(id)}/cancel`, {})).words);
  } catch (problem) {
    fail(problem);
  }
  await refresh();
}

function verdict(yes, words, ...more) {
  $("verdict").replaceChildren(el("div", { class: yes ? "verdict yes" : "verdict" }, el("p", null, words), ...more));
}

function fail(problem) {
  $("verdict").replaceChildren(el("p", { class: "error" }, problem.message));
}

$("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  ask(event.submitter?.value || "ask", false);
});
for (const name of ["subject", "team"]) $("ask").elements[name].addEventListener("input", ({ target }) => (target.dataset.touched = "1"));

async function ask(act, anyway) {
  const form = $("ask");
  if (form.dataset.busy) return;
  form.dataset.busy = "1";
  const { tags, ...fields } = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim() || null]));
  const body = { ...fields, tags: (tags || "").split(",").map((tag) => tag.trim()).filter(Boolean), test: act === "test", dry_run: act === "dry", anyway };
  form.querySelectorAll("button").forEach((button) => button.setAttribute("aria-disabled", "true"));
  try {
    const answer = await call("asks", body);
    showVerdict(answer, act);
    if (act === "ask" && answer.verdict.ask) nextTicket();
  } catch (problem) {
    fail(problem);
  }
  form.querySelectorAll("button").forEach((button) => button.removeAttribute("aria-disabled"));
  delete form.dataset.busy;
  await refresh();
  setTimeout(refresh, 1000); // by then the chat has shown it
}

function showVerdict(answer, act) {
  const more = [];
  if (answer.link) {
    const code = el("code", null, /^https?:/.test(answer.link) ? answer.link : new URL(`#link=${encodeURIComponent(answer.link)}`, location.href).href);
    const told = el("span", { class: "heard", role: "status" });
    more.push(el("span", null, t("link_ready")), code, el("button", { type: "button", class: "quiet", click: () => copy(code.textContent, code, told) }, t("copy")), told);
  }
  if (!answer.verdict.ask && answer.can_anyway) more.push(el("button", { type: "button", click: () => ask(act, true) }, t("anyway")));
  verdict(answer.verdict.ask, answer.words, ...more);
}

// The next ticket has the next number, so that closing again is a new interaction.
function nextTicket() {
  const field = $("ask").elements.ticket;
  field.value = field.value.replace(/\d+$/, (number) => String(Number(number) + 1).padStart(number.length, "0"));
}

/* ---- the owner's channel ---- */

// What the widget's frame says where no session brings its words.
function asideTexts() {
  return Object.fromEntries(["retry", "not_sent", "alone", "dismiss", "needed", "too_long"].map((key) => [key, t(key)]));
}

function mountOwner() {
  owner?.destroy();
  owner = null;
  if (!desk?.owner_token) return;
  const texts = { title: t("owner_log"), log: t("owner_log"), empty: t("owner_empty"), offline: t("offline"), ...asideTexts() };
  const picture = (one) => pictured(one, () => desk?.owner_token);
  owner = window.Pulssi.mount($("owner"), { workspace, locale, token: desk.owner_token, texts, readonly: true, picture });
  if (previewed) owner.show(previewed);
}

$("owner").addEventListener("pulssi:unauthorized", async () => {
  owner?.destroy();
  owner = null;
  deskText = "";
  await refresh();
});

$("preview").addEventListener("click", async () => {
  say($("owner-error"), "");
  try {
    const { prompt } = await call("preview", { week: null });
    previewed = { id: "preview", from: "business", at: new Date().toISOString(), mark: t("preview"), prompt };
    owner?.show(previewed);
  } catch (problem) {
    say($("owner-error"), problem.message);
  }
});

/* ---- begin ---- */

async function begin() {
  try {
    status = await call("status");
  } catch (problem) {
    locale = pickLocale();
    say($("trouble"), problem.message);
    setTimeout(begin, REFRESH_MS);
    return;
  }
  say($("trouble"), "");
  locale = pickLocale();
  word();
  $("sample").hidden = !status.sample;
  if (link) showSingle();
  else if (memberToken) await showPanels();
  else showWelcome();
}

function showSingle() {
  document.body.classList.add("single");
  $("desk-panel").hidden = $("owner-panel").hidden = true;
  $("customer-title").dataset.text = "link_title";
  $("customer-title").textContent = t("link_title");
  $("customer-text").hidden = true;
  $("panels").hidden = false;
  mountCustomer();
}

async function showPanels() {
  await refresh();
  if (!memberToken) return;
  $("welcome").hidden = true;
  $("panels").hidden = false;
  if (!customer) mountCustomer();
}

window.addEventListener("hashchange", () => location.reload());
document.addEventListener("visibilitychange", refresh);
setInterval(() => !link && desk && refresh(), REFRESH_MS);
await begin();
