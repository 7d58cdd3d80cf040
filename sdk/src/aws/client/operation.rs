//! What a call is: a type with its parameters, that names its service and what is read of the answer.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::service::Service;

/// One operation of a service. Its fields are its parameters, by the names of the service's API.
pub(crate) trait Operation: Serialize + Debug + Clone + Send + Sync + 'static {
    /// Whose operation it is.
    const SERVICE: &'static Service;
    /// Its name, for example `DescribeVpcs`.
    const NAME: &'static str;
    /// Service and name, as rates, permissions and errors name it, for example `ec2:DescribeVpcs`.
    const CALL: &'static str;
    /// Method and path, with the names of the parameters that are part of it: `"GET /backup/plans?maxResults={MaxResults}"`. All but
    /// REST-JSON's are the same.
    const HTTP: &'static str = "POST /";
    /// The parameter that makes a repeat harmless, where it has one; filled where the caller left it out.
    const TOKEN: Option<&'static str> = None;
    /// What is read of its answer.
    type Output: DeserializeOwned + Send + Sync + 'static;
}

/// An answer of which nothing is read, whatever it is.
pub(crate) type Done = serde::de::IgnoredAny;

/// An operation that answers page by page.
pub(crate) trait Paged: Operation {
    /// What a page has.
    type Item;

    /// Asks for the page that a token names.
    fn at(&mut self, token: String);

    /// Returns what is on a page, and the token of the next one; an empty token is none.
    fn items(page: Self::Output) -> (Vec<Self::Item>, Option<String>);
}

/// Declares operations of one service: `operations! { EC2, "ec2": CreateTags -> Done, DescribeVpcs -> Vpcs }`. In brackets comes the
/// parameter that makes a repeat harmless, after `at` method and path of an operation of REST-JSON:
/// `CreateAnalyzer ["clientToken"] at "PUT /analyzer" -> Created`.
macro_rules! operations {
    ($service:ident, $prefix:literal: $($name:ident $([$token:literal])? $(at $http:literal)? -> $output:ty),+ $(,)?) => {
        $(
            impl $crate::aws::client::Operation for $name {
                const SERVICE: &'static $crate::aws::client::Service = &$crate::aws::client::$service;
                const NAME: &'static str = stringify!($name);
                const CALL: &'static str = concat!($prefix, ":", stringify!($name));
                $(const HTTP: &'static str = $http;)?
                $(const TOKEN: Option<&'static str> = Some($token);)?
                type Output = $output;
            }
        )+
    };
}
pub(crate) use operations;

/// Declares requests of one service with their parameters, each by the name that the API gives it but for its letters' case; a
/// service with other letters than `PascalCase` names them:
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
