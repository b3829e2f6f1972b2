/* Where the phone keeps what was done until the server has it: IndexedDB of this co-op's host, in the order
   of the taps. An act: {number, id, person, stop, place, url, action, tappedAt, fields, photo, refused}. */

const ACTS = "acts";
let opened;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("ride", 1);
    request.onupgradeneeded = () => {
      const acts = request.result.createObjectStore(ACTS, { keyPath: "number", autoIncrement: true });
      acts.createIndex("id", "id", { unique: true }); // the same tap once
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

/** Resolves when it is on the disk: an old phone's battery may die a moment later. */
async function ask(mode, work) {
  const transaction = (await open()).transaction(ACTS, mode, { durability: "strict" });
  const request = work(transaction.objectStore(ACTS));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

export const add = (act) => ask("readwrite", (acts) => acts.add(act));
export const put = (act) => ask("readwrite", (acts) => acts.put(act));
export const remove = (number) => ask("readwrite", (acts) => acts.delete(number));

/** All acts of one person: another one may have used this phone before. */
export async function actsOf(person) {
  return (await ask("readonly", (acts) => acts.getAll())).filter((act) => act.person === person);
}
