/**
 * A `Storage` that forgets with the page. GraphiQL keeps open tabs, variables among them, in the storage that it is given;
 * in the browser's own, the password of a sign-in typed here would outlive the visit (OWASP ASVS 14.3.3).
 */
export class Memory {
  #kept = new Map();

  get length() {
    return this.#kept.size;
  }

  getItem(key) {
    return this.#kept.get(key) ?? null;
  }

  setItem(key, value) {
    this.#kept.set(key, String(value));
  }

  removeItem(key) {
    this.#kept.delete(key);
  }

  clear() {
    this.#kept.clear();
  }
}
