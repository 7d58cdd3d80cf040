//! An operation: a type with the parameters, the service, and the type of the answer.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::service::Service;

/// One operation of a service. Its fields are its parameters, by the names of the service's API.
pub(crate) trait Operation: Serialize + Debug + Clone + Send + Sync + 'static {
    /// Its service.
    const SERVICE: &'static Service;
    /// Its name, for example `DescribeVpcs`.
    const NAME: &'static str;
    /// Service and name, as rates, permissions and errors name it, for example `ec2:DescribeVpcs`.
    const CALL: &'static str;
    /// Method and path: `"GET /backup/plans?maxResults={MaxResults}"`. Parameters that it names are sent there and not in the body.
    /// Only REST-JSON has paths.
    const HTTP: &'static str = "POST /";
    /// Its idempotency token, if it has one. It is generated if the caller leaves it out.
    const TOKEN: Option<&'static str> = None;
    /// The members of its answer that are read.
    type Output: DeserializeOwned + Send + Sync + 'static;
}

/// An answer that is not read.
pub(crate) type Done = serde::de::IgnoredAny;

/// An operation that answers in pages.
pub(crate) trait Paged: Operation {
    /// The items of a page.
    type Item;

    /// Requests the page of a token.
    fn at(&mut self, token: String);

    /// Returns the items of a page, and the next page's token. An empty token is the same as no token.
    fn items(page: Self::Output) -> (Vec<Self::Item>, Option<String>);
}

/// Declares operations of one service: `operations! { EC2, "ec2": CreateTags -> Done, DescribeVpcs -> Vpcs }`. Brackets hold the
/// idempotency token; `at` gives method and path of REST-JSON: `CreateAnalyzer ["clientToken"] at "PUT /analyzer" -> Created`.
macro_rules! operations {
    ($service:ident, $prefix:literal: $($name:ident $([$token:literal])? $(at $http:literal)? -> $output:ty),+ $(,)?) => {
        $(
            impl $crate::aws::client::Operation for $name {
                const SERVICE: &'static $crate::aws::client::Service = &$crate::aws::client::service::$service;
                const NAME: &'static str = stringify!($name);
                const CALL: &'static str = concat!($prefix, ":", stringify!($name));
                $(const HTTP: &'static str = $http;)?
                $(const TOKEN: Option<&'static str> = Some($token);)?
                type Output = $output;
            }

            #[cfg(test)]
            inventory::submit! { $crate::aws::client::Known::of::<$name>(module_path!()) }
        )+
    };
}
pub(crate) use operations;

/// Declares requests of one service with their parameters, in snake case. Names are sent in
/// `PascalCase`, unless a service declares another case:
///
/// ```text
/// requests! { EC2, "ec2":
///     DeleteVpc { vpc_id: String } -> Done,
/// }
/// requests! { ACCESS_ANALYZER, "access-analyzer", "camelCase":
///     DeleteAnalyzer at "DELETE /analyzer/{analyzerName}" { analyzer_name: String } -> Done,
/// }
/// ```
macro_rules! requests {
    ($service:ident, $prefix:literal: $($rest:tt)+) => {
        $crate::aws::client::requests! { $service, $prefix, "PascalCase": $($rest)+ }
    };
    ($service:ident, $prefix:literal, $letters:literal: $(
        $(#[$meta:meta])* $vis:vis $name:ident $([$token:literal])? $(at $http:literal)? {
            $($(#[$member:meta])* $field:ident: $type:ty),* $(,)?
        } -> $output:ty
    ),+ $(,)?) => {
        $(
            $(#[$meta])*
            #[derive(Debug, Clone, serde::Serialize)]
            #[serde(rename_all = $letters)]
            $vis struct $name {
                $($(#[$member])* $vis $field: $type),*
            }
        )+
        $crate::aws::client::operations! { $service, $prefix: $($name $([$token])? $(at $http)? -> $output),+ }
    };
}
pub(crate) use requests;
