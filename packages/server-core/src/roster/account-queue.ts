/** Runs the jobs of one account one after the other, those of different accounts beside each other. */
export class AccountQueue {
  readonly #last = new Map<string, Promise<unknown>>()

  /** Settles as the job does. */
  run<T>(account: string, job: () => Promise<T>): Promise<T> {
    const before = this.#last.get(account)
    const result = before ? before.then(job, job) : job()
    this.#last.set(account, result)
    const done = () => {
      if (this.#last.get(account) === result) this.#last.delete(account)
    }
    result.then(done, done)
    return result
  }
}
