import { HOME, PLACES, type Place } from './places.ts';
import type { Random } from './random.ts';

export type { Place } from './places.ts';

/** What is sold: merchant category (ISO 18245), median price in euro cents, shops in the city. */
const TRADES = {
  groceries: { category: '5411', medianMinor: 2_600, shops: 60 },
  restaurant: { category: '5812', medianMinor: 3_100, shops: 90 },
  cafe: { category: '5814', medianMinor: 750, shops: 80 },
  transit: { category: '4111', medianMinor: 420, shops: 6 },
  taxi: { category: '4121', medianMinor: 1_700, shops: 8 },
  fuel: { category: '5541', medianMinor: 5_800, shops: 20 },
  pharmacy: { category: '5912', medianMinor: 1_500, shops: 25 },
  clothes: { category: '5651', medianMinor: 4_900, shops: 40 },
  electronics: { category: '5732', medianMinor: 11_900, shops: 12 },
  furniture: { category: '5712', medianMinor: 18_000, shops: 10 },
  jewelry: { category: '5944', medianMinor: 22_000, shops: 8 },
  cars: { category: '5511', medianMinor: 90_000, shops: 4 },
  leisure: { category: '7832', medianMinor: 1_900, shops: 15 },
  hotel: { category: '7011', medianMinor: 13_000, shops: 15 },
  cash: { category: '6011', medianMinor: 7_000, shops: 30 },
  web_shop: { category: '5399', medianMinor: 3_900, shops: 70 },
  web_electronics: { category: '5732', medianMinor: 9_900, shops: 12 },
  web_travel: { category: '4722', medianMinor: 32_000, shops: 8 },
  web_gift_cards: { category: '5947', medianMinor: 5_000, shops: 6 },
  digital: { category: '5816', medianMinor: 990, shops: 30 },
  donations: { category: '8398', medianMinor: 1_500, shops: 20 },
  subscription: { category: '4899', medianMinor: 1_299, shops: 15 },
  insurance: { category: '6300', medianMinor: 6_400, shops: 6 },
  utilities: { category: '4900', medianMinor: 11_500, shops: 4 },
} as const;

export type Trade = keyof typeof TRADES;

export interface Merchant {
  merchantId: string;
  trade: Trade;
  category: string;
  /** Euro cents. */
  medianMinor: number;
  place: Place;
  latitude: number;
  longitude: number;
}

/** Shops by trade, at home and wherever else people go. */
export interface City {
  home: Readonly<Record<Trade, readonly Merchant[]>>;
  abroad: ReadonlyMap<Place, Readonly<Record<Trade, readonly Merchant[]>>>;
}

export function buildCity(random: Random): City {
  const abroad = PLACES.map((place) => [place, shopsAt(place, random.fork(place.name), 4)] as const);
  return { home: shopsAt(HOME, random.fork('home'), 1), abroad: new Map(abroad) };
}

export function isOnline({ trade }: Merchant): boolean {
  return ONLINE.has(trade);
}

const ONLINE: ReadonlySet<Trade> = new Set<Trade>([
  'web_shop',
  'web_electronics',
  'web_travel',
  'web_gift_cards',
  'digital',
  'donations',
  'subscription',
  'insurance',
  'utilities',
]);

/** @param fewer one shop where the home city has so many */
function shopsAt(place: Place, random: Random, fewer: number): Record<Trade, Merchant[]> {
  const prefix = place.name
    .replace(/[^A-Za-z]/g, '')
    .slice(0, 3)
    .toLowerCase();
  const shops = Object.entries(TRADES).map(([name, trade]) => {
    const count = Math.max(2, Math.floor(trade.shops / fewer));
    const merchants = Array.from({ length: count }, (_, i) => ({
      merchantId: `m-${prefix}-${name}-${i + 1}`,
      trade: name as Trade,
      category: trade.category,
      medianMinor: Math.floor((trade.medianMinor * random.between(700, 1_400)) / 1_000),
      place,
      ...nearby(place, random),
    }));
    return [name, merchants];
  });
  return Object.fromEntries(shops);
}

/** Somewhere within about ten kilometres. */
function nearby(place: Place, random: Random): { latitude: number; longitude: number } {
  return {
    latitude: Math.round(place.latitude * 10_000 + random.between(-800, 800)) / 10_000,
    longitude: Math.round(place.longitude * 10_000 + random.between(-1_200, 1_200)) / 10_000,
  };
}
