//! Ids of EC2 resources, as AWS answered them: never empty, and never the id of another type of resource.
//!
//! Only the prefix is checked: AWS promises no more, and has made the rest longer before. An answer without an id is an error
//! (`aws::client`), so no call is ever sent with an empty id.

use crate::name::text_newtype;

/// Declares an id of EC2: its type and its prefix.
macro_rules! ec2_ids {
    ($($(#[$doc:meta])* $name:ident $check:ident $prefix:literal,)+) => {
        $(
            text_newtype! {
                $(#[$doc])*
                $name, $check
            }

            fn $check(text: &str) -> Result<(), String> {
                let rest = text.strip_prefix($prefix).unwrap_or_default();
                let ok = !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
                if ok { Ok(()) } else { Err(format!("is not such an id: `{}` and letters or digits", $prefix)) }
            }

            /// An id is text wherever it is sent or shown.
            impl std::ops::Deref for $name {
                type Target = str;

                fn deref(&self) -> &str {
                    self.as_str()
                }
            }

            impl PartialEq<str> for $name {
                fn eq(&self, other: &str) -> bool {
                    self.as_str() == other
                }
            }

            impl PartialEq<&str> for $name {
                fn eq(&self, other: &&str) -> bool {
                    self.as_str() == *other
                }
            }

            impl PartialEq<$name> for &str {
                fn eq(&self, other: &$name) -> bool {
                    *self == other.as_str()
                }
            }

            impl std::borrow::Borrow<str> for $name {
                fn borrow(&self) -> &str {
                    self.as_str()
                }
            }

            impl From<&$name> for String {
                fn from(id: &$name) -> Self {
                    id.as_str().to_owned()
                }
            }
        )+

        #[cfg(test)]
        mod tests {
            use super::*;

            #[test]
            fn an_id_has_its_prefix_and_more() {
                $(
                    assert!(format!("{}0a1b2c", $prefix).parse::<$name>().is_ok());
                    for bad in ["", $prefix, "x-1", concat!($prefix, "a b"), concat!($prefix, "é")] {
                        assert!(bad.parse::<$name>().is_err(), "{bad}");
                    }
                )+
            }
        }
    };
}

ec2_ids! {
    /// A VPC's id.
    VpcId vpc_id "vpc-",
    /// A subnet's id.
    SubnetId subnet_id "subnet-",
    /// The id of an internet gateway.
    InternetGatewayId internet_gateway_id "igw-",
    /// The id of a NAT gateway.
    NatGatewayId nat_gateway_id "nat-",
    /// The allocation id of an elastic IP address.
    AllocationId allocation_id "eipalloc-",
    /// A route table's id.
    RouteTableId route_table_id "rtb-",
    /// The id of a VPC endpoint.
    VpcEndpointId vpc_endpoint_id "vpce-",
    /// A flow log's id.
    FlowLogId flow_log_id "fl-",
    /// The id of a network ACL.
    NetworkAclId network_acl_id "acl-",
    /// A security group's id.
    SecurityGroupId security_group_id "sg-",
}
