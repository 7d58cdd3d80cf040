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

/// Declares operations of one service: `operations! { EC2, "ec2": CreateTags -> (), DescribeVpcs -> Vpcs }`.
macro_rules! operations {
    ($service:ident, $prefix:literal: $($name:ident $([$token:literal])? -> $output:ty),+ $(,)?) => {
        $(
            impl $crate::aws::client::Operation for $name {
                const SERVICE: &'static $crate::aws::client::Service = &$crate::aws::client::service::$service;
                const NAME: &'static str = stringify!($name);
                const CALL: &'static str = concat!($prefix, ":", stringify!($name));
                $(const TOKEN: Option<&'static str> = Some($token);)?
                type Output = $output;
            }
        )+
    };
}
pub(crate) use operations;

/// Declares requests of one service with their parameters, each by the name that the API gives it but for its letters' case:
///
/// ```text
/// requests! { EC2, "ec2":
///     DeleteVpc { vpc_id: String } -> Done,
/// }
/// ```
macro_rules! requests {
    ($service:ident, $prefix:literal: $(
        $(#[$meta:meta])* $vis:vis $name:ident $([$token:literal])? { $($(#[$member:meta])* $field:ident: $type:ty),* $(,)? } -> $output:ty
    ),+ $(,)?) => {
        $(
            $(#[$meta])*
            #[derive(Debug, Clone, serde::Serialize)]
            #[serde(rename_all = "PascalCase")]
            $vis struct $name {
                $($(#[$member])* $vis $field: $type),*
            }
        )+
        $crate::aws::client::operations! { $service, $prefix: $($name $([$token])? -> $output),+ }
    };
}
pub(crate) use requests;
