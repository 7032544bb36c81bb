// 生物识别: asks the device's own authenticator, and carries question and answer between it and the server.

const hasSensor = await (async () => {
  try {
    return Boolean(await window.PublicKeyCredential?.isUserVerifyingPlatformAuthenticatorAvailable());
  } catch {
    return false;
  }
})();
for (const part of document.querySelectorAll("[data-has-sensor]")) /** @type {HTMLElement} */ (part).hidden = !hasSensor;
for (const part of document.querySelectorAll("[data-no-sensor]")) /** @type {HTMLElement} */ (part).hidden = hasSensor;

for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form[data-passkey]"))) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    delete form.dataset.sent;
    const fault = /** @type {HTMLElement} */ (document.querySelector("[data-fault]"));
    fault.hidden = true;
    try {
      const options = await post(form.dataset.options ?? "", new FormData(form));
      const publicKey = form.dataset.passkey === "create" ? forCreating(options) : forGetting(options);
      const credential = await (form.dataset.passkey === "create"
        ? navigator.credentials.create({ publicKey })
        : navigator.credentials.get({ publicKey }));
      const said = new FormData();
      for (const name of ["csrf_token", "next"]) {
        const value = new FormData(form).get(name);
        if (value) said.set(name, value);
      }
      said.set("credential", JSON.stringify(inJson(credential)));
      location.assign((await post(form.dataset.answer ?? "", said)).next);
    } catch {
      fault.hidden = false;
    }
  });
}

async function post(address, body) {
  const answer = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

function forCreating(options) {
  return {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: (options.excludeCredentials ?? []).map((each) => ({ ...each, id: bytes(each.id) })),
  };
}

function forGetting(options) {
  return {
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: (options.allowCredentials ?? []).map((each) => ({ ...each, id: bytes(each.id) })),
  };
}

/** A credential as WebAuthn's own JSON (RegistrationResponseJSON, AuthenticationResponseJSON). */
function inJson(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  return {
    id: credential.id, rawId: text(credential.rawId), type: credential.type, response,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

function bytes(base64url) {
  const binary = atob(base64url.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

function text(buffer) {
  const binary = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
