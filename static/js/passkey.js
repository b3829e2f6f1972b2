/* A passkey: <form data-module="passkey" data-kind="create|get" data-complete="address">. The form's own
   address answers with what the browser needs; what the device says goes to data-complete, which
   answers where to go on. Shown only where the browser can do it. */

export default function passkey(form) {
  if (!window.PublicKeyCredential || !navigator.credentials) return;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.getAttribute("aria-busy") === "true") return;
    form.setAttribute("aria-busy", "true");
    say(form, "");
    try {
      const options = await post(form, form.action, {});
      const answer = await ask(form.dataset.kind, options);
      const { location } = await post(form, form.dataset.complete, answer);
      window.location.assign(location);
    } catch (error) {
      if (error.location) return void window.location.assign(error.location);
      const isCancelled = error.name === "NotAllowedError" || error.name === "AbortError";
      say(form, error.sentence ?? (isCancelled ? form.dataset.cancelled : form.dataset.failed));
    } finally {
      form.removeAttribute("aria-busy");
    }
  });
}

function say(form, sentence) {
  form.querySelector('[role="status"]').textContent = sentence;
}

async function post(form, address, body) {
  const token = form.elements.namedItem("csrfmiddlewaretoken").value;
  const response = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token, Accept: "application/json" },
    body: JSON.stringify(body),
  });
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  const error = new Error(`${response.status}`);
  error.sentence = answer.sentence;
  error.location = answer.location; // asked first who sits here
  throw error;
}

async function ask(kind, options) {
  const publicKey = { ...options, challenge: bytes(options.challenge) };
  for (const list of ["excludeCredentials", "allowCredentials"]) {
    if (options[list]) publicKey[list] = options[list].map((known) => ({ ...known, id: bytes(known.id) }));
  }
  if (kind === "create") {
    publicKey.user = { ...options.user, id: bytes(options.user.id) };
    return written(await navigator.credentials.create({ publicKey }));
  }
  return written(await navigator.credentials.get({ publicKey }));
}

/* The answer as JSON: buffers as base64url, as the server reads them. */
function written(credential) {
  const { response } = credential;
  const parts = { clientDataJSON: text(response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) parts[name] = text(response[name]);
  }
  if (response.getTransports) parts.transports = response.getTransports();
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response: parts,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

function bytes(base64url) {
  const plain = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
