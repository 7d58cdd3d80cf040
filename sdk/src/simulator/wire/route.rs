//! The routes of S3: method, place and query of each operation, and the form of its answer.

/// The HTTP form of one operation.
pub(super) struct Route {
    pub(super) operation: &'static str,
    pub(super) method: &'static str,
    pub(super) place: Place,
    /// The query parameter that names the operation; empty if there is none.
    pub(super) query: &'static str,
    pub(super) body: Body,
    pub(super) reply: Reply,
}

/// The subject of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Service,
    Bucket,
    Object,
}

/// The body of a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    Nothing,
    /// XML with this root, which becomes the parameter of the same name.
    Xml(&'static str),
    /// A text, which becomes the parameter of this name.
    Text(&'static str),
}

/// The body of an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reply {
    /// No body, and this status.
    Nothing(u16),
    /// XML with this root: the member of that name, else all members.
    Xml(&'static str),
    /// The text of this member, of this type.
    Text(&'static str, &'static str),
}

const fn route(operation: &'static str, method: &'static str, place: Place, query: &'static str, body: Body, reply: Reply) -> Route {
    Route { operation, method, place, query, body, reply }
}

/// The routes, those with a query first.
#[rustfmt::skip]
pub(super) const ROUTES: &[Route] = &[
    route("GetBucketPolicy", "GET", Place::Bucket, "policy", Body::Nothing, Reply::Text("Policy", "application/json")),
    route("PutBucketPolicy", "PUT", Place::Bucket, "policy", Body::Text("Policy"), Reply::Nothing(204)),
    route("DeleteBucketPolicy", "DELETE", Place::Bucket, "policy", Body::Nothing, Reply::Nothing(204)),
    route("GetPublicAccessBlock", "GET", Place::Bucket, "publicAccessBlock", Body::Nothing, Reply::Xml("PublicAccessBlockConfiguration")),
    route("PutPublicAccessBlock", "PUT", Place::Bucket, "publicAccessBlock", Body::Xml("PublicAccessBlockConfiguration"), Reply::Nothing(200)),
    route("DeletePublicAccessBlock", "DELETE", Place::Bucket, "publicAccessBlock", Body::Nothing, Reply::Nothing(204)),
    route("GetBucketOwnershipControls", "GET", Place::Bucket, "ownershipControls", Body::Nothing, Reply::Xml("OwnershipControls")),
    route("PutBucketOwnershipControls", "PUT", Place::Bucket, "ownershipControls", Body::Xml("OwnershipControls"), Reply::Nothing(200)),
    route("DeleteBucketOwnershipControls", "DELETE", Place::Bucket, "ownershipControls", Body::Nothing, Reply::Nothing(204)),
    route("GetBucketVersioning", "GET", Place::Bucket, "versioning", Body::Nothing, Reply::Xml("VersioningConfiguration")),
    route("PutBucketVersioning", "PUT", Place::Bucket, "versioning", Body::Xml("VersioningConfiguration"), Reply::Nothing(200)),
    route("GetBucketEncryption", "GET", Place::Bucket, "encryption", Body::Nothing, Reply::Xml("ServerSideEncryptionConfiguration")),
    route("PutBucketEncryption", "PUT", Place::Bucket, "encryption", Body::Xml("ServerSideEncryptionConfiguration"), Reply::Nothing(200)),
    route("GetBucketLifecycleConfiguration", "GET", Place::Bucket, "lifecycle", Body::Nothing, Reply::Xml("LifecycleConfiguration")),
    route("PutBucketLifecycleConfiguration", "PUT", Place::Bucket, "lifecycle", Body::Xml("LifecycleConfiguration"), Reply::Nothing(200)),
    route("DeleteBucketLifecycle", "DELETE", Place::Bucket, "lifecycle", Body::Nothing, Reply::Nothing(204)),
    route("GetBucketTagging", "GET", Place::Bucket, "tagging", Body::Nothing, Reply::Xml("Tagging")),
    route("PutBucketTagging", "PUT", Place::Bucket, "tagging", Body::Xml("Tagging"), Reply::Nothing(204)),
    route("DeleteBucketTagging", "DELETE", Place::Bucket, "tagging", Body::Nothing, Reply::Nothing(204)),
    route("GetBucketLogging", "GET", Place::Bucket, "logging", Body::Nothing, Reply::Xml("BucketLoggingStatus")),
    route("PutBucketLogging", "PUT", Place::Bucket, "logging", Body::Xml("BucketLoggingStatus"), Reply::Nothing(200)),
    route("GetBucketLocation", "GET", Place::Bucket, "location", Body::Nothing, Reply::Xml("LocationConstraint")),
    route("ListObjectsV2", "GET", Place::Bucket, "list-type", Body::Nothing, Reply::Xml("ListBucketResult")),
    route("ListBuckets", "GET", Place::Service, "", Body::Nothing, Reply::Xml("ListAllMyBucketsResult")),
    route("CreateBucket", "PUT", Place::Bucket, "", Body::Xml("CreateBucketConfiguration"), Reply::Nothing(200)),
    route("HeadBucket", "HEAD", Place::Bucket, "", Body::Nothing, Reply::Nothing(200)),
    route("DeleteBucket", "DELETE", Place::Bucket, "", Body::Nothing, Reply::Nothing(204)),
    route("PutObject", "PUT", Place::Object, "", Body::Text("Body"), Reply::Nothing(200)),
    route("GetObject", "GET", Place::Object, "", Body::Nothing, Reply::Text("Body", "application/octet-stream")),
    route("DeleteObject", "DELETE", Place::Object, "", Body::Nothing, Reply::Nothing(204)),
];

/// The members of answers that are headers.
pub(super) const ANSWER_HEADERS: [(&str, &str); 5] = [
    ("ETag", "etag"),
    ("LastModified", "last-modified"),
    ("Location", "location"),
    ("BucketRegion", "x-amz-bucket-region"),
    ("ContentType", "content-type"),
];

/// The headers of requests that are parameters; any other header of S3 keeps its name, which no operation reads.
pub(super) const REQUEST_HEADERS: [(&str, &str); 4] = [
    ("x-amz-expected-bucket-owner", "ExpectedBucketOwner"),
    ("x-amz-object-ownership", "ObjectOwnership"),
    ("if-match", "IfMatch"),
    ("if-none-match", "IfNoneMatch"),
];

/// Headers that every client sends and that have no effect: signing, and checksums, which are not checked.
pub(super) const IGNORED_HEADERS: [&str; 7] = [
    "x-amz-date",
    "x-amz-content-sha256",
    "x-amz-security-token",
    "x-amz-user-agent",
    "x-amz-trailer",
    "x-amz-decoded-content-length",
    "x-amz-sdk-checksum-algorithm",
];

/// Prefixes of such headers.
pub(super) const IGNORED_PREFIXES: [&str; 2] = ["x-amz-checksum-", "x-amz-te"];

/// Other headers that would change the answer.
pub(super) const OTHER_HEADERS: [&str; 3] = ["range", "if-modified-since", "if-unmodified-since"];
