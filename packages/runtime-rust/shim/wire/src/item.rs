//! A MessagePack value as the protocol narrows it.

#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    Nil,
    Bool(bool),
    /// |n| < 2^53.
    Int(i64),
    Float(f64),
    Str(String),
    Bin(Vec<u8>),
    Array(Vec<Item>),
    Map(Vec<(String, Item)>),
}

impl Item {
    /// The value of a key; `None` when there is none, when it is nil, or when this is no map.
    pub fn get(&self, key: &str) -> Option<&Item> {
        match self {
            Item::Map(pairs) => {
                pairs.iter().find(|(name, item)| name == key && *item != Item::Nil).map(|(_, item)| item)
            }
            _ => None,
        }
    }

    pub fn as_str(&self) -> Option<&str> {
        match self {
            Item::Str(text) => Some(text),
            _ => None,
        }
    }

    /// Integers, and floats that are whole.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Item::Int(n) => Some(*n),
            Item::Float(n) if n.fract() == 0.0 && n.abs() < MAX_SAFE as f64 => Some(*n as i64),
            _ => None,
        }
    }

    /// The items of an array; none when this is no array.
    pub fn as_array(&self) -> &[Item] {
        match self {
            Item::Array(items) => items,
            _ => &[],
        }
    }

    /// The pairs of a map whose values are texts; others are left out.
    pub fn texts(&self) -> Vec<(String, String)> {
        match self {
            Item::Map(pairs) => {
                pairs.iter().filter_map(|(name, item)| Some((name.clone(), item.as_str()?.to_owned()))).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// Integers of this size and more are faults.
pub const MAX_SAFE: i64 = 1 << 53;

impl From<&str> for Item {
    fn from(text: &str) -> Item {
        Item::Str(text.to_owned())
    }
}

impl From<String> for Item {
    fn from(text: String) -> Item {
        Item::Str(text)
    }
}

impl From<i64> for Item {
    fn from(n: i64) -> Item {
        Item::Int(n)
    }
}
