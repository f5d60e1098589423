//! Which rows a unit of work inserts into the table that its route is about: their ids are chosen deep inside.

use db::{Sql, Value};

/// Ids that an entry names.
const MAX_IDS: usize = 100;

/// What is looked for, and what was found.
#[derive(Debug)]
pub(super) struct Insertions {
    /// `insert into` the table, up to the columns.
    beginning: String,
    /// The column that names a row.
    column: String,
    ids: Vec<String>,
}

impl Insertions {
    /// Those that this statement would find: its last condition names the column.
    pub(super) fn found_by(select: &Sql) -> Option<Self> {
        let (_, rest) = select.text().split_once(" from ")?;
        let (table, condition) = rest.split_once(" where ")?;
        let (column, _) = condition.rsplit(" and ").next()?.split_once(" = ")?;
        let beginning = format!("insert into {table} (");
        Some(Self { beginning, column: column.to_owned(), ids: Vec::new() })
    }

    /// Looks at a statement that is executed.
    pub(super) fn see(&mut self, sql: &Sql, params: &[Value]) {
        if self.ids.len() < MAX_IDS
            && let Some(id) = self.id_in(sql.text(), params)
        {
            self.ids.push(id);
        }
    }

    fn id_in(&self, text: &str, params: &[Value]) -> Option<String> {
        let (columns, rest) = text.strip_prefix(&self.beginning)?.split_once(')')?;
        let (_, rest) = rest.split_once("values (")?;
        let position = columns.split(',').position(|column| column.trim() == self.column)?;
        let place = rest.split(',').nth(position)?.trim().trim_end_matches(')').strip_prefix('$')?;
        match params.get(place.parse::<usize>().ok()?.checked_sub(1)?)? {
            Value::Text(id) => Some(id.clone()),
            _ => None,
        }
    }

    /// The ids of the rows.
    pub(super) fn into_ids(self) -> Vec<String> {
        self.ids
    }
}

#[cfg(test)]
mod tests {
    use db::{params, sql};

    use super::*;

    #[test]
    fn the_id_of_an_inserted_row_is_found_whatever_its_column() {
        let secrets =
            sql!("select * from application_secrets where tenant_id = $1 and application_id = $2 and name = $3");
        let mut insertions = Insertions::found_by(secrets).unwrap();
        let insert =
            sql!("insert into application_secrets (tenant_id, application_id, name, value) values ($1, $2, $4, $3)");
        insertions.see(insert, params!["t", "a", "v", "n"]);
        insertions.see(sql!("insert into roles (tenant_id, name) values ($1, $2)"), params!["t", "other"]);
        insertions
            .see(sql!("delete from application_secrets where tenant_id = $1 and name = $2"), params!["t", "gone"]);
        assert_eq!(insertions.into_ids(), ["n"]);
    }
}
