//! Dates as HTTP writes them.

const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `Sun, 06 Nov 1994 08:49:37 GMT` of epoch milliseconds; `None` beyond the years 1970 to 9999.
pub fn http_date(epoch_ms: f64) -> Option<String> {
    if !(0.0..253_402_300_800_000.0).contains(&epoch_ms) {
        return None;
    }
    let seconds = (epoch_ms / 1000.0) as i64;
    let (days, time) = (seconds / 86_400, seconds % 86_400);
    // Howard Hinnant's civil_from_days: years begin in March, so that the leap day is their last.
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = (month + 2) % 12;
    let year = era * 400 + year_of_era + (month < 2) as i64;
    Some(format!(
        "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
        DAYS[(days % 7) as usize],
        day,
        MONTHS[month as usize],
        year,
        time / 3600,
        time / 60 % 60,
        time % 60
    ))
}

#[cfg(test)]
mod tests {
    use super::http_date;

    #[test]
    fn writes_dates_as_http_does() {
        for (seconds, text) in [
            (0.0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777.0, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_400.0, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (1_709_251_199.0, "Thu, 29 Feb 2024 23:59:59 GMT"),
        ] {
            assert_eq!(http_date(seconds * 1000.0).unwrap(), text);
        }
        assert_eq!(http_date(-1.0), None);
        assert_eq!(http_date(f64::NAN), None);
    }
}
