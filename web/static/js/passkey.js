// Makes and uses passkeys: a button with data-passkey, addresses and a form's token.

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

function asked(options) {
  const made = { ...options, challenge: bytes(options.challenge) };
  if (options.user) made.user = { ...options.user, id: bytes(options.user.id) };
  for (const list of ["allowCredentials", "excludeCredentials"]) {
    if (options[list]) made[list] = options[list].map((one) => ({ ...one, id: bytes(one.id) }));
  }
  return made;
}

function told(credential) {
  const response = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[part]) response[part] = text(credential.response[part]);
  }
  return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response, clientExtensionResults: {} };
}

async function post(address, token, data) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token },
    body: JSON.stringify(data ?? {}),
  });
  return answer;
}

async function run(button) {
  const form = button.closest("form");
  const token = form.querySelector("[name=csrf_token]").value;
  const problem = form.querySelector("[data-problem]");
  problem.hidden = true;
  button.disabled = true;
  try {
    const begun = await post(button.dataset.options, token);
    if (begun.status === 401 && button.dataset.again) {
      location.assign(button.dataset.again);
      return;
    }
    if (!begun.ok) throw new Error(begun.status);
    const { publicKey } = await begun.json();
    const made = button.dataset.passkey === "new"
      ? await navigator.credentials.create({ publicKey: asked(publicKey) })
      : await navigator.credentials.get({ publicKey: asked(publicKey) });
    const name = form.querySelector("[name=name]")?.value;
    const done = await post(button.dataset.finish, token, { ...told(made), name });
    if (!done.ok) throw new Error(done.status);
    location.assign(button.dataset.next);
  } catch (error) {
    problem.textContent = error.message === "429" ? problem.dataset.many : problem.dataset.problem;
    problem.hidden = false;
    button.disabled = false;
    button.focus();
  }
}

for (const button of document.querySelectorAll("[data-passkey]")) {
  if (!window.PublicKeyCredential || !window.isSecureContext) continue;
  button.closest("[data-needs-passkey]").hidden = false;
  button.addEventListener("click", () => run(button));
}
