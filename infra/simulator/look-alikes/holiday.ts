import { around, asPrice } from '../amounts.ts';
import { type Cardholder, phoneAt, type Trip } from '../cardholder.ts';
import { type Incident, planted, startOf } from '../incident.ts';
import { atTill, DAY_MS, HOUR_MS, localAmount, MINUTE_MS, type Payment, purchase } from '../payment.ts';
import { PLACES } from '../places.ts';
import { lookAlike } from '../truth.ts';

/**
 * A holiday abroad: own card, by chip, other money, and no faster there than planes fly. From then on the
 * cardholder's habits go on in that place until the journey home.
 *
 * @returns the journey's own payments: the last one at home, and the hotel's
 */
export function holiday(incident: Incident): Payment[] {
  const { cardholder, city, random, number } = incident;
  const truth = lookAlike('holiday', number);
  const trip = journey(incident);
  cardholder.trips.push(trip);

  const shops = city.abroad.get(trip.place)!;
  const coffee = random.pick(city.home.cafe);
  const atStation = purchase(
    cardholder,
    coffee,
    asPrice(around(900, random), random),
    phoneAt(cardholder, 0),
    'contactless',
  );
  const hotel = random.pick(shops.hotel);
  const nights = Math.max(1, Math.floor((trip.leaveBackMs - trip.arriveMs) / DAY_MS));
  const bill = localAmount(around(hotel.medianMinor, random) * nights, trip.place);
  return [
    planted(incident, trip.leaveMs + random.between(MINUTE_MS, 20 * MINUTE_MS), atStation, truth),
    planted(
      incident,
      trip.arriveMs + random.between(20 * MINUTE_MS, 2 * HOUR_MS),
      atTill(cardholder, hotel, bill, 'chip'),
      truth,
    ),
  ];
}

function journey(incident: Incident): Trip {
  const { random, number } = incident;
  const place = random.pick(PLACES);
  const startDay = Math.floor(startOf(incident, 0) / DAY_MS);
  const leaveMs = startDay * DAY_MS + random.between(6 * HOUR_MS, 15 * HOUR_MS);
  const travelMs = place.travelMinutes * MINUTE_MS + random.below(2 * HOUR_MS);
  const arriveMs = leaveMs + travelMs;
  const leaveBackMs = arriveMs + random.between(3, 14) * DAY_MS + random.below(5 * HOUR_MS);
  return { place, leaveMs, arriveMs, leaveBackMs, backMs: leaveBackMs + travelMs, incident: number };
}

/** Whether the cardholder is away at any time between. */
export function isAway({ trips }: Cardholder, fromMs: number, untilMs: number): boolean {
  return trips.some(({ leaveMs, backMs }) => leaveMs < untilMs && backMs > fromMs);
}
