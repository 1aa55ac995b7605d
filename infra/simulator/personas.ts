/** A kind of person, by what they spend and when. */
export interface Persona {
  name: string;
  /** Of a thousand cardholders. */
  share: number;
  /** Purchases a day, in thousandths. */
  purchasesPerDayMilli: number;
  /** Prices paid against the shop's median, in thousandths. */
  spendingPerMille: number;
  /** Of a thousand purchases, those made on the net. */
  onlinePerMille: number;
  /** Of a thousand purchases, those refused for want of money. */
  declinedPerMille: number;
  monthlyIncomeMinor: number;
  /** How many hours later than others they live. */
  laterHours: number;
}

export const PERSONAS: readonly Persona[] = [
  {
    name: 'office',
    share: 330,
    purchasesPerDayMilli: 1_500,
    spendingPerMille: 1_000,
    onlinePerMille: 180,
    declinedPerMille: 8,
    monthlyIncomeMinor: 310_000,
    laterHours: 0,
  },
  {
    name: 'family',
    share: 230,
    purchasesPerDayMilli: 1_700,
    spendingPerMille: 1_250,
    onlinePerMille: 170,
    declinedPerMille: 12,
    monthlyIncomeMinor: 380_000,
    laterHours: 0,
  },
  {
    name: 'student',
    share: 140,
    purchasesPerDayMilli: 1_300,
    spendingPerMille: 600,
    onlinePerMille: 300,
    declinedPerMille: 28,
    monthlyIncomeMinor: 105_000,
    laterHours: 2,
  },
  {
    name: 'retired',
    share: 140,
    purchasesPerDayMilli: 900,
    spendingPerMille: 850,
    onlinePerMille: 50,
    declinedPerMille: 4,
    monthlyIncomeMinor: 195_000,
    laterHours: 0,
  },
  {
    name: 'night_worker',
    share: 50,
    purchasesPerDayMilli: 1_300,
    spendingPerMille: 900,
    onlinePerMille: 250,
    declinedPerMille: 12,
    monthlyIncomeMinor: 250_000,
    laterHours: 9,
  },
  {
    name: 'affluent',
    share: 50,
    purchasesPerDayMilli: 1_800,
    spendingPerMille: 2_600,
    onlinePerMille: 220,
    declinedPerMille: 3,
    monthlyIncomeMinor: 880_000,
    laterHours: 1,
  },
  {
    name: 'quiet',
    share: 60,
    purchasesPerDayMilli: 350,
    spendingPerMille: 700,
    onlinePerMille: 120,
    declinedPerMille: 8,
    monthlyIncomeMinor: 190_000,
    laterHours: 0,
  },
];
