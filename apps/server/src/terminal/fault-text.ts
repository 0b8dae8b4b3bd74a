/** What the system refuses to do with a path, in words for whoever gave it. */
const FILE_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'this user may not use it',
  EPERM: 'this user may not use it',
  EISDIR: 'it is a folder, where a file is expected',
  ENOTDIR: 'a file stands where a folder is expected',
  EEXIST: 'something else of that name is there already',
  EROFS: 'the disk can only be read',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of this user is used up',
  EFBIG: 'it would be larger than files may be here',
}

/** An error for the person at the keyboard: the path and what to mend where it is about a file, else its own message. */
export function faultText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code = '', path, syscall } = error as NodeJS.ErrnoException
  const words = FILE_FAULTS[code]
  if (words === undefined || syscall === undefined) return error.message
  return path === undefined ? `${words} (${code}, ${syscall})` : `${path}: ${words} (${code})`
}
