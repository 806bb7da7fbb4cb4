//! A point on the map (WGS 84).

/// Latitude and longitude in degrees, checked to be numbers on the globe.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Point {
    pub lat: f64,
    pub lon: f64,
}

impl Point {
    /// `None` when a number is not finite or not on the globe.
    pub fn new(lat: f64, lon: f64) -> Option<Self> {
        (lat.is_finite() && lon.is_finite() && lat.abs() <= 90.0 && lon.abs() <= 180.0).then_some(Self { lat, lon })
    }

    /// Metres to another point (haversine, mean earth radius 6,371 km: good to 0.5 %).
    pub fn metres_to(&self, other: &Self) -> f64 {
        let (a, b) = (self.lat.to_radians(), other.lat.to_radians());
        let (dlat, dlon) = (b - a, (other.lon - self.lon).to_radians());
        let h = (dlat / 2.0).sin().powi(2) + a.cos() * b.cos() * (dlon / 2.0).sin().powi(2);
        2.0 * 6_371_000.0 * h.sqrt().min(1.0).asin()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_off_the_globe_do_not_exist() {
        assert!(Point::new(f64::NAN, 1.0).is_none());
        assert!(Point::new(91.0, 1.0).is_none());
        assert!(Point::new(17.0, 181.0).is_none());
    }

    #[test]
    fn one_degree_of_latitude_is_about_111_km() {
        let d = Point { lat: 17.0, lon: 107.0 }.metres_to(&Point { lat: 18.0, lon: 107.0 });
        assert!((d - 111_195.0).abs() < 100.0, "{d}");
    }
}
