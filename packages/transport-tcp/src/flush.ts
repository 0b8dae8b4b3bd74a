/** Something with text that waits to leave. */
export interface Flushable {
  flush(): void
}

let dirty: Flushable[] = []
let scheduled = false

/**
 * Flushes at the end of this turn of the event loop: after all the input that is ready has been handled, so that a
 * connection written to by many others in one turn makes one system call and one TLS record.
 */
export function flushLater(connection: Flushable): void {
  dirty.push(connection)
  if (scheduled) return
  scheduled = true
  setImmediate(flushAll)
}

function flushAll(): void {
  const now = dirty
  dirty = []
  scheduled = false
  for (const connection of now) connection.flush()
}
