import 'reflect-metadata'

export { CERTIFICATE_ALGORITHMS, type CertificateAlgorithm } from './algorithms.ts'
export {
  type AuthorityOptions,
  type CertificatePurpose,
  createSelfSigned,
  createTestAuthority,
  type IssueOptions,
  type TestAuthority,
} from './authority.ts'
export type { CertificateNames, NameConstraints } from './names.ts'
export type { TestCertificate } from './test-certificate.ts'
