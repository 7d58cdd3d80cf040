//! A VPC's main route table: it serves every subnet that no other table serves, and must have no routes.
//!
//! The one that AWS creates with the VPC is deleted with it and is kept without routes. If another table was made the main one, it may
//! belong to another owner, or be landfall's table for public subnets: then a table without routes is made the main one again.

use serde::Serialize;

use std::collections::BTreeMap;

use crate::aws::client::Operation as _;
use crate::aws::error::{Answer, AwsError};
use crate::id::ec2::RouteTableId;
use crate::kind::ec2::api::{self, DescribeRouteTables, ReplaceRouteTableAssociation, RouteTable};
use crate::kind::ec2::route_table::{Route, made_route, served};
use crate::kind::ec2::{filter, until_visible, were_ours};
use crate::kind::{Blocked, Context, Field, StepError};

/// The state of a VPC's main table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MainTable {
    /// Its id, `rtb-…`.
    pub id: RouteTableId,
    /// The routes that AWS did not write itself, by destination.
    pub routes: BTreeMap<String, Route>,
    /// Whether it has another use: it is a managed table, or has associated subnets.
    pub is_shared: bool,
    /// A table of the VPC without routes and without another use.
    pub spare: Option<RouteTableId>,
}

/// A difference of a main table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "made and matched by this kind only")]
pub enum MainEdit {
    /// Another table becomes the main one.
    Table {
        /// The present one.
        from: RouteTableId,
        /// The one without routes.
        to: RouteTableId,
    },
    /// It has a route.
    NoRoute {
        /// The table.
        table: RouteTableId,
        /// Its destination.
        destination: String,
        /// Its target.
        from: Route,
    },
}

impl MainTable {
    /// Returns the main table among the tables of a VPC; `None` if it is not visible yet.
    pub(super) fn of(cx: &Context<'_>, vpc: &str, tables: &[RouteTable]) -> Option<Self> {
        let tables: Vec<&RouteTable> = tables.iter().filter(|table| table.vpc_id == vpc).collect();
        let ours = |table: &RouteTable| were_ours(cx, &api::read(&table.tags));
        let routes = |table: &RouteTable| table.routes.iter().filter_map(made_route).collect::<BTreeMap<_, _>>();
        let main = tables.iter().copied().find(|table| is_main(table))?;
        let is_spare = |table: &&&RouteTable| !is_main(table) && !ours(table) && table.associations.is_empty() && routes(table).is_empty();
        Some(Self {
            id: main.route_table_id.clone(),
            routes: routes(main),
            is_shared: ours(main) || served(main).next().is_some(),
            spare: tables.iter().find(is_spare).map(|table| table.route_table_id.clone()),
        })
    }

    /// Returns the edits after which it has no routes.
    pub(super) fn diff(&self) -> Result<Vec<MainEdit>, Blocked> {
        // A managed table without routes is harmless as the main one, but cannot be removed while it is.
        if self.is_shared {
            return match &self.spare {
                Some(spare) => Ok(vec![MainEdit::Table { from: self.id.clone(), to: spare.clone() }]),
                None if self.routes.is_empty() => Ok(Vec::new()),
                None => Err(Blocked::new(
                    format!("{} is the VPC's main route table and has routes: subnets without a table of their own use them", self.id),
                    "create a table without routes (`aws ec2 create-route-table`); `landfall apply` then makes it the main table",
                )),
            };
        }
        let route = |(destination, from): (&String, &Route)| MainEdit::NoRoute {
            table: self.id.clone(),
            destination: destination.clone(),
            from: from.clone(),
        };
        Ok(self.routes.iter().map(route).collect())
    }
}

impl MainEdit {
    pub(super) fn field(&self) -> Field {
        match self {
            Self::Table { from, to } => Field::new("main route table", from, to),
            Self::NoRoute { table, destination, from } => Field::removed(format!("main route table {table} route {destination}"), from),
        }
    }
}

/// Makes a table the main one of its VPC. The association gets another id when it is replaced, so it is looked up before each attempt.
pub(super) async fn promote(cx: &Context<'_>, vpc: &str, table: &str) -> Result<(), StepError> {
    /// How often the main table is read again if it was changed in between.
    const TRIES: u32 = 3;
    let retry = until_visible(cx).sent_once();
    let mut tries = 0;
    loop {
        let main = [filter("vpc-id", [vpc]), filter("association.main", ["true"])];
        let found = cx.pages(DescribeRouteTables::by(main)).await?;
        let association = found.into_iter().flat_map(|table| table.associations).find(|association| association.main);
        let association =
            association.ok_or_else(|| AwsError::incomplete(DescribeRouteTables::CALL, "the association of the main route table"))?;
        if association.route_table_id == table {
            return Ok(());
        }
        let replace = ReplaceRouteTableAssociation { association_id: association.id, route_table_id: table.to_owned() };
        match cx.send_with(&retry, &replace).await {
            Err(error) if tries < TRIES && (error.answer == Answer::Lost || error.is(&["InvalidAssociationID.NotFound"])) => tries += 1,
            Err(error) => return Err(error.into()),
            Ok(_) => return Ok(()),
        }
    }
}

fn is_main(table: &RouteTable) -> bool {
    table.associations.iter().any(|association| association.main)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::literal;

    fn main(routes: &[&str], is_shared: bool, spare: Option<&str>) -> MainTable {
        let route = |destination: &&str| ((*destination).to_owned(), Route { target: "igw-1".to_owned(), blackhole: false });
        MainTable { id: literal("rtb-1"), routes: routes.iter().map(route).collect(), is_shared, spare: spare.map(literal) }
    }

    fn shown(main: &MainTable) -> Vec<String> {
        main.diff().expect("open").iter().map(|edit| edit.field().to_string()).collect()
    }

    #[test]
    fn the_main_table_loses_its_routes_or_another_becomes_the_main_one() {
        assert_eq!(shown(&main(&[], false, None)), [""; 0]);
        assert_eq!(
            shown(&main(&["0.0.0.0/0", "10.9.0.0/16"], false, Some("rtb-2"))),
            ["main route table rtb-1 route 0.0.0.0/0  - igw-1", "main route table rtb-1 route 10.9.0.0/16  - igw-1"]
        );
        assert_eq!(shown(&main(&["0.0.0.0/0"], true, Some("rtb-2"))), ["main route table  rtb-1 -> rtb-2"]);
        assert_eq!(shown(&main(&[], true, Some("rtb-2"))), ["main route table  rtb-1 -> rtb-2"]);
        let blocked = main(&["0.0.0.0/0"], true, None).diff().expect_err("no table to take its place");
        assert!(blocked.reason.starts_with("rtb-1 is the VPC's main route table and has routes"), "{}", blocked.reason);
    }
}
