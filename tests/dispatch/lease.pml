/* The lease and its fence, for Spin. Three workers, a sweeper, an operator who cancels or requeues at any moment.
   A worker may stall between any two of its steps. Property: whatever is accepted came from the newest holder,
   and no fence is accepted twice. -DFENCE=0 leaves the fence out of the check, and Spin finds the late worker. */
#ifndef FENCE
#define FENCE 1
#endif
#define CLAIMS 5

byte fence = 0;      /* grows on claim, expiry, requeue */
byte leased = 0;     /* fence of the lease on record, 0: none */
byte accepted = 0;   /* fence of the last accepted submission */
bool reviewed = true;
bool bad = false;
byte claims = 0;

active [3] proctype Worker()
{
  byte mine;
  do
  :: atomic { leased == 0 && reviewed && claims < CLAIMS ->
       fence++; claims++; leased = fence; mine = fence }
     /* pin the commit; stall as long as you like */
     if
     :: atomic { leased != 0 && (!FENCE || leased == mine) ->     /* hold, then submit, in one transaction */
          if
          :: mine != fence || mine <= accepted -> bad = true
          :: else -> accepted = mine
          fi;
          leased = 0; reviewed = false }
     :: atomic { leased == 0 || (FENCE && leased != mine) -> skip }  /* refused: lease lost */
     :: skip                                                         /* dies here */
     fi
  :: claims >= CLAIMS -> break
  od
}

active proctype Sweeper()
{
  do
  :: atomic { leased != 0 -> leased = 0; fence++ }
  :: claims >= CLAIMS -> break
  od
}

active proctype Operator()
{
  do
  :: atomic { leased != 0 -> leased = 0; fence++ }
  :: atomic { !reviewed -> reviewed = true; if :: fence++ :: skip fi }  /* requeue, or a rejection */
  :: claims >= CLAIMS -> break
  od
}

ltl safe { [] !bad }
