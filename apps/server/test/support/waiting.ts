/** The promise's result, or an Error that names what did not happen within `limit` milliseconds. */
export async function withTimeLimit<T>(promise: Promise<T>, limit: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${limit} ms: ${what}`)), limit)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Looks again and again, each `interval` milliseconds, until `look` finds something; at most `limit` milliseconds. */
export async function until<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  limit: number,
  what: string,
  interval = 20,
): Promise<T> {
  const end = performance.now() + limit
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (performance.now() > end) throw new Error(`not within ${limit} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, interval))
  }
}
