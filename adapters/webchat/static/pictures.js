/* The pictures of the owner's messages. An <img> cannot send the conversation's token and an address must not hold it, so
 * they are fetched, once they come into view, in the look that the reader's system has. */
const dark = matchMedia("(prefers-color-scheme: dark)");
const LONGEST_WAIT_MS = 30000;

async function load(url, token) {
  const answer = await fetch(url, { headers: { Authorization: `Bearer ${token}` }, credentials: "omit" });
  if (!answer.ok) throw new Error(`The picture cannot be had: ${answer.status}.`);
  const reader = new FileReader();
  const read = new Promise((resolve, reject) => {
    reader.addEventListener("load", () => resolve(reader.result));
    reader.addEventListener("error", () => reject(reader.error));
  });
  reader.readAsDataURL(await answer.blob()); // the page's policy lets images come from here or from data: alone
  return read;
}

// `picture` as in docs/webchat-protocol.md; `token` gives the newest one of the conversation.
export function pictured(picture, token) {
  const image = document.createElement("img");
  image.alt = picture.alt;
  image.width = picture.width;
  image.height = picture.height;
  // Room is kept before the picture comes, so that nothing below it jumps.
  Object.assign(image.style, {
    display: "block", boxSizing: "border-box", width: "100%", height: "auto", maxWidth: `${picture.width}px`,
    aspectRatio: `${picture.width} / ${picture.height}`, marginBlockStart: "12px", borderRadius: "10px", overflow: "hidden",
  });
  const looks = {};
  let wait = 1000;
  const show = async () => {
    const look = dark.matches ? "dark" : "light";
    try {
      looks[look] ??= await load(picture[look], token());
      if (look === (dark.matches ? "dark" : "light")) image.src = looks[look];
    } catch {
      if (!image.isConnected) return;
      setTimeout(show, wait);
      wait = Math.min(2 * wait, LONGEST_WAIT_MS);
    }
  };
  const turned = () => {
    if (image.isConnected) show();
    else dark.removeEventListener("change", turned); // the message was replaced
  };
  new IntersectionObserver((entries, observer) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    dark.addEventListener("change", turned);
    show();
  }).observe(image);
  return image;
}
