/** A record of the test server's table; `ttl` in seconds, 300 if not given. */
export type TestRecord = { readonly ttl?: number } & (
  | { readonly type: 'A'; readonly address: string }
  | { readonly type: 'AAAA'; readonly address: string }
  | { readonly type: 'CNAME'; readonly target: string }
  | {
      readonly type: 'SRV'
      readonly priority?: number
      readonly weight?: number
      readonly port: number
      readonly target: string
    }
  | { readonly type: 'TXT'; readonly strings: readonly string[] }
  | {
      readonly type: 'TLSA'
      readonly usage: number
      readonly selector: number
      readonly matchingType: number
      readonly association: Uint8Array
    }
)

/** Names (lower case, ASCII, no last dot) and their records. */
export type TestRecords = Readonly<Record<string, readonly TestRecord[]>>
