// The code book of this device: kept encrypted, opened again after a reload, a sleep, or without a network.

import { contact, show, wentOn, woke } from "./book_clock.js";
import { openBook } from "./code_book.js";
import { textsOf } from "./code_text.js";
import { drop, keep, kept } from "./vault.js";

const NAMES = ["book", "photo", "holder", "clock"];
const reading = () => ({ wall: Date.now() / 1000, steady: performance.now() / 1000 });
const inJson = (value) => new TextEncoder().encode(JSON.stringify(value));
const fromJson = (bytes) => JSON.parse(new TextDecoder().decode(bytes));

/** Keeps what the server gave. @param {{book: string, now: number, name: string, host: string}} said @param {Uint8Array} photo */
export async function keepBook(said, photo) {
  const bytes = Uint8Array.from(atob(said.book), (character) => character.charCodeAt(0));
  await openBook(bytes); // a damaged one is not kept
  await dropBook();
  await keep("book", bytes);
  await keep("photo", photo);
  await keep("holder", inJson({ name: said.name, host: said.host }));
  await keep("clock", inJson(contact(said.now, reading())));
}

/** The book goes; what else the device keeps stays. */
export const dropBook = () => drop(...NAMES);

/** The kept book, or null. Rejects with a BookError when it is damaged. @returns {Promise<KeptBook | null>} */
export async function keptBook() {
  const [book, photo, holder, clock] = await Promise.all(NAMES.map(kept));
  if (!book || !photo || !holder || !clock) return null;
  return new KeptBook(await openBook(book), photo, fromJson(holder), fromJson(clock));
}

export class KeptBook {
  #clock;

  constructor(book, photo, holder, clock) {
    this.book = book;
    this.photo = photo;
    this.name = holder.name;
    this.host = holder.host;
    this.#clock = woke(clock, reading());
  }

  /** What is to be shown now, as book_clock's `show`. @param {boolean} inSight whether the page was in sight since the last call */
  now(inSight) {
    this.#clock = inSight ? wentOn(this.#clock, reading()) : woke(this.#clock, reading());
    return show(this.book, this.#clock);
  }

  /** Issuer's time. */
  time() {
    return this.#clock.seen.wall + this.#clock.offset;
  }

  /** The time as the server says it. @param {number} issuerTime */
  async hears(issuerTime) {
    this.#clock = contact(issuerTime, reading());
    await this.remember();
  }

  /** Keeps the clock, so that a reload knows of a time that was set. */
  remember() {
    return keep("clock", inJson(this.#clock));
  }

  /** The texts of a message. @param {Uint8Array} message */
  texts(message) {
    return textsOf(message, this.host);
  }

  get id() {
    return Array.from(this.book.bookId, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }
}
