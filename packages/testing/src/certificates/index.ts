import 'reflect-metadata'

export {
  type AuthorityOptions,
  type CertificatePurpose,
  createSelfSigned,
  createTestAuthority,
  type IssueOptions,
  type TestAuthority,
} from './authority.ts'
export { CERTIFICATE_ALGORITHMS, type CertificateAlgorithm } from './keys.ts'
export type { CertificateNames, NameConstraints } from './names.ts'
export type { TestCertificate } from './sign.ts'
