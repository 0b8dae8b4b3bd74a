import { type Json, StorageError } from '@parlour/storage'

/** The value of a stored JSON text; what is none was damaged on the medium, which SQLite does not notice by itself. */
export function decodeValue(text: string): Json {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new StorageError('corrupt', 'a stored value is damaged: restore a backup', { cause })
  }
}
