// Pictures for a question: made smaller before they are sent, shown before they are sent, at most so many.
// Without this file the form still works; the server draws every picture anew in any case.

const SIDE = 2000;

/** A picture no larger than it will be kept; what this browser cannot read goes as it is, and the server says why. */
async function smaller(/** @type {File} */ file) {
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    const paint = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    paint.fillStyle = "#fff";
    paint.fillRect(0, 0, canvas.width, canvas.height);
    paint.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.9));
    return blob && blob.size < file.size ? new File([blob], "picture.jpg", { type: "image/jpeg" }) : file;
  } catch {
    return file;
  }
}

for (const field of document.querySelectorAll("[data-pictures]")) {
  const { pictures, tooMany } = /** @type {HTMLElement} */ (field).dataset;
  const most = Number(pictures);
  const input = /** @type {HTMLInputElement} */ (field.querySelector("input[type=file]"));
  const chosen = /** @type {HTMLElement} */ (field.querySelector("[data-chosen]"));
  const form = /** @type {HTMLFormElement} */ (input.form);
  const judge = () => {
    const held = field.querySelectorAll("input[name=picture]:checked").length;
    input.setCustomValidity(held + (input.files?.length ?? 0) > most ? (tooMany ?? "!") : "");
  };
  const show = () => {
    for (const image of chosen.querySelectorAll("img")) URL.revokeObjectURL(image.src);
    chosen.replaceChildren(
      ...[...(input.files ?? [])].map((file, at) => {
        const image = document.createElement("img");
        image.src = URL.createObjectURL(file);
        image.alt = `${at + 1}`;
        return image;
      }),
    );
  };
  let turn = 0;
  input.addEventListener("change", async () => {
    const mine = ++turn;
    judge();
    const files = [...(input.files ?? [])].slice(0, most + 1);
    const made = new DataTransfer();
    for (const each of await Promise.all(files.map(smaller))) made.items.add(each);
    if (mine !== turn) return;
    input.files = made.files;
    judge();
    show();
  });
  for (const box of field.querySelectorAll("input[name=picture]")) box.addEventListener("change", judge);
  form.addEventListener("submit", judge);
}
