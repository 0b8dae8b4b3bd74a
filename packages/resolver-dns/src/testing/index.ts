export type { NegativeTtl, TestBehaviour } from './answer.ts'
export { type ReceivedQuestion, TestDnsServer, type TestDnsServerOptions } from './test-dns-server.ts'
export type { TestRecord, TestRecords } from './zone.ts'
