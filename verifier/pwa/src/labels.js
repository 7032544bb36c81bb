/**
 * The registered and private numbers of the wire format, each named once, as in `credential/labels.py`.
 *
 * Registries: COSE header parameters https://www.iana.org/assignments/cose/ , CWT claims
 * https://www.iana.org/assignments/cwt/ , CBOR tags https://www.iana.org/assignments/cbor-tags/ ,
 * identity data (CWT claim 169) https://docs.mosip.io/ , version 1.2.1.
 */

// CBOR tags (RFC 9052 section 2, RFC 8392 section 6).
export const TAG_SIGN1 = 18n;
export const TAG_SIGN = 98n;
export const TAG_CWT = 61n;

// COSE header parameters (RFC 9052 section 3.1, RFC 9596 for typ).
export const ALG = 1;
export const CRIT = 2;
export const CONTENT_TYPE = 3;
export const KID = 4;
export const TYP = 16;

// CWT claims (RFC 8392 section 3.1; status: Token Status List, CWT form).
export const ISS = 1;
export const SUB = 2;
export const EXP = 4;
export const NBF = 5;
export const IAT = 6;
export const CTI = 7;
export const IDENTITY = 169;
export const STATUS_LIST = 65533;
export const TTL = 65534;
export const STATUS = 65535;

// Our one private claim: the kind of a credential, or the body of a trust list or snapshot.
// Integers below -65536 are for private use (RFC 8392 section 9.1).
export const PRIVATE = -65537;

// Identity data: 1-65 are registered in Claim 169, 75-99 are free for closed systems and are ours.
export const LICENCE_NUMBER = 1;
export const FULL_NAME = 4;
export const GENDER = 9;
export const OLD_PHOTO = 16;
export const OLD_PHOTO_FORMAT = 17;
export const FACE = 62;
export const LEVEL = 75;
export const CATEGORY = 76;
export const SCOPES = 77;
export const PLACE = 78;
export const INSTITUTION = 79;
export const TITLE = 80;
export const APPROVED_ON = 82;
export const FILINGS = 83;
export const VERSION = 84;

// Media types in `typ`.
export const TYP_STATUS_LIST = "application/statuslist+cwt";
export const TYP_TRUST_LIST = "application/vnd.yizheng.trust-list+cwt";
export const TYP_SNAPSHOT = "application/vnd.yizheng.snapshot+cwt";
export const TYP_TIME = "application/vnd.yizheng.time+cwt";
