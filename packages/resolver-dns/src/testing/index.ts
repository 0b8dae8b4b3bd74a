export type { NegativeTtl, TestBehaviour } from './behaviour.ts'
export { type ReceivedQuestion, TestDnsServer, type TestDnsServerOptions } from './test-dns-server.ts'
export type { TestRecord, TestRecords } from './test-record.ts'
