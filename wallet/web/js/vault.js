// The device's encrypted store: AES-GCM under a key that WebCrypto made here and lets nobody read, not even this
// page. Whoever copies the database's files has ciphertext; signing out deletes key and all.

const NAME = "yizheng-wallet";
const IV_BYTES = 12;

/** @returns {Promise<IDBDatabase>} */
function database() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("kept");
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

/** @template T @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => IDBRequest<T>} act @returns {Promise<T>} */
async function inStore(mode, act) {
  const opened = await database();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = opened.transaction("kept", mode);
      const asked = act(transaction.objectStore("kept"));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    opened.close();
  }
}

async function key() {
  const known = await inStore("readonly", (store) => store.get("key"));
  if (known) return known;
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  await inStore("readwrite", (store) => store.put(made, "key"));
  return made;
}

/** Keeps bytes under a name. @param {string} name @param {Uint8Array} bytes */
export async function keep(name, bytes) {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: new TextEncoder().encode(name) }, await key(), bytes);
  await inStore("readwrite", (store) => store.put({ iv, data }, name));
}

/** The bytes of that name; null when there are none, or none that can be read. @param {string} name @returns {Promise<Uint8Array | null>} */
export async function kept(name) {
  const found = await inStore("readonly", (store) => store.get(name));
  if (!found) return null;
  try {
    const additionalData = new TextEncoder().encode(name);
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv: found.iv, additionalData }, await key(), found.data));
  } catch {
    return null;
  }
}

/** What is kept under these names goes. @param {string[]} names */
export async function drop(...names) {
  for (const name of names) await inStore("readwrite", (store) => store.delete(name));
}

/** Everything goes, the key first. */
export async function forget() {
  await inStore("readwrite", (store) => store.clear());
}
