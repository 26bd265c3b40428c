"use strict";
// The link behind the # is the credential; it is taken out of the address bar at once.
const secret = location.hash.slice(1);
history.replaceState(null, "", location.pathname);
const at = (id) => document.getElementById(id);

async function call(method, path, body) {
  const headers = { Authorization: `Bearer ${secret}` };
  if (method === "POST") {
    headers["Content-Type"] = "application/json";
    headers["Idempotency-Key"] = crypto.randomUUID();
  }
  const answer = await fetch(`/v1/answer/${path}`, {
    method, headers, body: body ? JSON.stringify(body) : undefined, cache: "no-store",
  });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.detail || said.title);
  return said;
}

const time = (text) => new Date(text).toLocaleString("zh-CN", { timeZone: "Asia/Shanghai" });

function line(text, ...more) {
  const found = document.createElement("li");
  found.append(text, ...more);
  return found;
}

function ownBid(bid, open) {
  const said = bid.withdrawn ? "已撤回" : bid.words || "等待评审";
  const text = `需求 ${bid.need_id},${time(bid.at)} 揭榜:${said}`;
  if (bid.withdrawn || !open.has(bid.call_id)) return line(text);
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "撤回";
  button.addEventListener("click", () => act("已撤回。", "POST", `bids/${bid.id}/withdraw`));
  return line(text, " ", button);
}

function listed(one, need, mine) {
  const found = at("need").content.cloneNode(true);
  found.querySelector(".what").textContent =
    `${need.project}(${need.id}),需 ${need.wanted} 家,已有 ${need.n_bids} 份揭榜`;
  const form = found.querySelector("form");
  form.hidden = mine.has(`${one.id} ${need.id}`);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const plan = form.querySelector("textarea").value;
    act("已揭榜。", "POST", "bids", { call_id: one.id, need_id: need.id, plan });
  });
  return found;
}

function openCall(one, mine) {
  const found = at("call").content.cloneNode(true);
  const rule = one.rule;
  found.querySelector("h3").textContent = one.title;
  found.querySelector(".rule").textContent =
    `${time(one.closes_at)} 截止。得分:匹配度 ${rule.affinity}%、方案 ${rule.strength}%、` +
    `以往成效 ${rule.results}%、等候时间 ${rule.waiting}%。`;
  found.querySelector(".needs").append(...one.needs.map((need) => listed(one, need, mine)));
  return found;
}

async function read() {
  const [calls, bids, notices] = await Promise.all(
    [call("GET", "calls"), call("GET", "bids"), call("GET", "notices?limit=20")]);
  const open = new Set(calls.map((one) => one.id));
  const mine = new Set(
    bids.map((bid) => `${bid.call_id} ${bid.need_id}`));
  at("calls").replaceChildren(...calls.map((one) => openCall(one, mine)));
  at("bids").replaceChildren(...bids.map((bid) => ownBid(bid, open)));
  at("notices").replaceChildren(...notices.map((one) =>
    line(`${time(one.created_at)} ${one.words}`)));
  at("content").hidden = false;
}

async function act(done, method, path, body) {
  for (const button of document.querySelectorAll("button")) button.disabled = true;
  try {
    await call(method, path, body);
    await read();
    at("state").textContent = done;
  } catch (error) {
    at("state").textContent = error.message;
  } finally {
    for (const button of document.querySelectorAll("button")) button.disabled = false;
  }
}

document.addEventListener("DOMContentLoaded", async () => {
  if (!secret) {
    at("state").textContent = "链接不完整:请从通知中重新打开。";
    return;
  }
  try {
    await read();
    at("state").textContent = "";
  } catch (error) {
    at("content").hidden = true;
    at("state").textContent = error.message;
  }
});
