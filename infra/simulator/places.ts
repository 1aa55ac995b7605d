/** A city with its money. */
export interface Place {
  name: string;
  /** ISO 3166-1 alpha-2. */
  country: string;
  /** ISO 4217. */
  currency: string;
  /** Degrees, WGS 84. */
  latitude: number;
  longitude: number;
  /** From home, door to door, by the usual means. */
  travelMinutes: number;
  /** Minor units of its currency a euro buys. */
  minorPerEuro: number;
}

export const HOME: Place = place('Rotterdam', 'NL', 'EUR', 51.92, 4.48, 0, 100);

/** Where people go. */
export const PLACES: readonly Place[] = [
  place('Paris', 'FR', 'EUR', 48.86, 2.35, 190, 100),
  place('Barcelona', 'ES', 'EUR', 41.39, 2.17, 310, 100),
  place('Lisbon', 'PT', 'EUR', 38.72, -9.14, 350, 100),
  place('Rome', 'IT', 'EUR', 41.9, 12.5, 330, 100),
  place('London', 'GB', 'GBP', 51.51, -0.13, 240, 87),
  place('Zurich', 'CH', 'CHF', 47.38, 8.54, 290, 94),
  place('Prague', 'CZ', 'CZK', 50.08, 14.44, 310, 2_433),
  place('Copenhagen', 'DK', 'DKK', 55.68, 12.57, 300, 746),
  place('Warsaw', 'PL', 'PLN', 52.23, 21.01, 320, 423),
  place('Istanbul', 'TR', 'TRY', 41.01, 28.98, 410, 4_924),
  place('New York', 'US', 'USD', 40.71, -74.01, 720, 117),
  place('Miami', 'US', 'USD', 25.76, -80.19, 850, 117),
  place('Dubai', 'AE', 'AED', 25.2, 55.27, 620, 428),
  place('Kuwait City', 'KW', 'KWD', 29.38, 47.99, 600, 358),
  place('Bangkok', 'TH', 'THB', 13.76, 100.5, 920, 3_778),
  place('Tokyo', 'JP', 'JPY', 35.68, 139.69, 1_040, 180),
  place('Sao Paulo', 'BR', 'BRL', -23.55, -46.63, 980, 624),
  place('Lagos', 'NG', 'NGN', 6.52, 3.38, 640, 168_600),
  place('Ho Chi Minh City', 'VN', 'VND', 10.82, 106.63, 1_010, 30_650),
  place('Manila', 'PH', 'PHP', 14.6, 120.98, 1_080, 6_870),
];

/** Places no one comes back from within a morning. */
export const FAR_PLACES = PLACES.filter(({ travelMinutes }) => travelMinutes >= 600);

function place(
  name: string,
  country: string,
  currency: string,
  latitude: number,
  longitude: number,
  travelMinutes: number,
  minorPerEuro: number,
): Place {
  return { name, country, currency, latitude, longitude, travelMinutes, minorPerEuro };
}
