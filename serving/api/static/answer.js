"use strict";
// The link behind the # is the credential; it is taken out of the address bar at once.
const secret = location.hash.slice(1);
history.replaceState(null, "", location.pathname);
const at = (id) => document.getElementById(id);

async function call(method, path, body) {
  const headers = { Authorization: `Bearer ${secret}` };
  if (body) {
    headers["Content-Type"] = "application/json";
    headers["Idempotency-Key"] = crypto.randomUUID();
  }
  const answer = await fetch(`/v1/answer${path}`, {
    method, headers, body: body ? JSON.stringify(body) : undefined, cache: "no-store",
  });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.detail || said.title);
  return said;
}

function words(answered) {
  if (answered === null) return "尚未答复";
  return answered ? "已接受" : "已谢绝";
}

function show(offer) {
  at("state").textContent = `当前状态:${offer.state_words};您${words(offer.answered)}。`;
  at("project").textContent = offer.project;
  at("kind").textContent = offer.kind_label;
  at("provider").textContent = offer.provider;
  at("until").textContent = offer.answer_by
    ? new Date(offer.answer_by).toLocaleString("zh-CN", { timeZone: "Asia/Shanghai" }) : "—";
  at("other").textContent = words(offer.other_answered);
  at("reasons").replaceChildren(...offer.reasons.map((text) => {
    const line = document.createElement("li");
    line.textContent = text;
    return line;
  }));
  at("why").replaceChildren(...Object.entries(offer.decline_reasons).map(([code, text]) => {
    const choice = document.createElement("option");
    choice.value = code;
    choice.textContent = text;
    return choice;
  }));
  at("choose").hidden = offer.state !== "offered" || offer.answered !== null;
  at("load").hidden = offer.side !== "provider";
  at("meeting").hidden = offer.state !== "accepted";
  at("offer").hidden = false;
}

async function read() {
  try {
    show(await call("GET", ""));
  } catch (error) {
    at("offer").hidden = true;
    at("state").textContent = error.message;
  }
}

async function say(path, body) {
  for (const button of document.querySelectorAll("button")) button.disabled = true;
  try {
    await call("POST", path, body);
    await read();
  } catch (error) {
    at("state").textContent = error.message;
  } finally {
    for (const button of document.querySelectorAll("button")) button.disabled = false;
  }
}

document.addEventListener("DOMContentLoaded", () => {
  if (!secret) {
    at("state").textContent = "链接不完整:请从通知中重新打开。";
    return;
  }
  at("accept").addEventListener("click", () => say("", { accept: true }));
  at("decline").addEventListener("click", () => say("", { accept: false, reason: at("why").value }));
  at("smaller").addEventListener("click", () =>
    say("/load", { places: Number(at("places").value), reason: "no-time" }));
  at("pause").addEventListener("click", () => say("/pause", { reason: "no-time" }));
  at("met").addEventListener("click", () => say("/met", {}));
  read();
});
